// The page begins here.
import './plots/valid-language.js';
import 'uplot/dist/uPlot.min.css';
import './style/base.css';
import './style/layout.css';
import './style/parts.css';
import './style/views.css';
import { render } from 'preact';
import { App } from './frame/app.js';
import { Boundary } from './frame/boundary.js';
import { start } from './model/console.js';

const place = document.querySelector('#page');
if (place) {
  render(
    <Boundary>
      <App />
    </Boundary>,
    place,
  );
}
void start();
