// Which pages the template makes.
import { repositoryPages } from '../.vitepress/repository.js';

export default { paths: repositoryPages };
