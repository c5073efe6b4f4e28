import { render } from 'preact';
import { initOwnPage } from '../../ui/own-page';
import '../../ui/theme.css';
import './options.css';
import { Options } from './options';

initOwnPage();
const app = document.getElementById('app');
if (app) render(<Options />, app);
