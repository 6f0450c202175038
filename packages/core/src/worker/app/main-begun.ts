/** The diagnostics channel on which a worker is told that Node has begun to load its main module. */
export const MAIN_BEGUN = 'muster.main-begun';
