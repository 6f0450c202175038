import { render } from 'preact';

const place = document.querySelector('#page');
if (place) render(<h1>Muster</h1>, place);
