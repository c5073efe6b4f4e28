import { render } from 'preact';
import { initOwnPage } from '../../ui/own-page';
import '../../ui/theme.css';
import { Consent } from './consent';
import './consent.css';

initOwnPage();
const app = document.getElementById('app');
if (app) render(<Consent />, app);
