// Socket.IO's client, for tests outside of this package as well.
export { io as connect, type Socket as Client } from 'socket.io-client';
