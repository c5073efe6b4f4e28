import { render } from 'preact';
import { initOwnPage } from '../../ui/own-page';
import '../../ui/theme.css';
import './popup.css';
import { Popup } from './popup';

initOwnPage();
const app = document.getElementById('app');
if (app) render(<Popup />, app);
