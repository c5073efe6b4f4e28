import { render } from 'preact';
import { beginOwnPage } from '../../ui/own-page';
import '../../ui/theme.css';
import { Consent } from './consent';
import './consent.css';

beginOwnPage();
const app = document.getElementById('app');
if (app) render(<Consent />, app);
