// The plain HTTP server as a program.
import { serve } from './app.js';

serve();
