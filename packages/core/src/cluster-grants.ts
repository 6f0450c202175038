// What the machine grants a cluster, for those who only look.
export { autoWorkers, cpuQuota } from './supervisor/options/cpu-quota.js';
