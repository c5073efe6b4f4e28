import { render } from 'preact';
import { beginOwnPage } from '../../ui/own-page';
import '../../ui/theme.css';
import './popup.css';
import { Popup } from './popup';

beginOwnPage();
const app = document.getElementById('app');
if (app) render(<Popup />, app);
