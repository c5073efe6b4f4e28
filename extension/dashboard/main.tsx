import { render } from 'preact';
import messages from '../public/_locales/en/messages.json';
import '../src/ui/theme.css';
import { setMessageSource } from '../src/i18n/text';
import { App } from './app';
import './dashboard.css';

setMessageSource((key, values) =>
  (key in messages ? messages[key].message : '').replace(
    /\$(\d)/g,
    (whole, place: string) => values[Number(place) - 1] ?? whole,
  ),
);
const app = document.getElementById('app');
if (app) render(<App />, app);
