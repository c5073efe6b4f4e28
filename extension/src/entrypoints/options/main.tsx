import { render } from 'preact';
import { beginOwnPage } from '../../ui/own-page';
import '../../ui/theme.css';
import './options.css';
import { Options } from './options';

beginOwnPage();
const app = document.getElementById('app');
if (app) render(<Options />, app);
