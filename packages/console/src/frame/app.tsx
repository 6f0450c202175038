// The whole page: signing in, or the cluster.
import { useSignalEffect } from '@preact/signals';
import { ActionDialogs } from '../actions/action-dialogs.js';
import { access, connection, model } from '../model/console.js';
import { shownLine } from '../text/foreign-text.js';
import { SlotSheet } from '../views/slots/slot-sheet.js';
import { Announcer } from './announcer.js';
import { Banners } from './banners.js';
import { Header } from './header.js';
import { Navigation, shownView, VIEWS } from './navigation.js';
import { Notices } from './notices.js';
import { SignIn } from './sign-in.js';

export function App() {
  useSignalEffect(() => {
    const name = model.hello.value?.name;
    document.title = name === undefined ? 'Muster' : `${shownLine(name, 60)} · Muster`;
  });
  if (access.value !== 'signed-in') return <SignIn />;
  if (!model.hello.value) return <Waiting />;
  const View = VIEWS[shownView.value].view;
  return (
    <>
      <button type="button" class="skip" onClick={focusContent}>
        Skip to the content
      </button>
      <Header />
      <Navigation />
      <main id="content" tabIndex={-1}>
        <Banners />
        <View />
      </main>
      <SlotSheet />
      <ActionDialogs />
      <Notices />
      <Announcer />
    </>
  );
}

/** The address has the view after its #: a link would change it. */
function focusContent(): void {
  document.querySelector<HTMLElement>('#content')?.focus();
}

function Waiting() {
  const { state, reason } = connection.value;
  return (
    <main class="alone">
      <h1>Muster</h1>
      <p role="status">
        {state === 'connecting'
          ? 'Connecting to the cluster…'
          : `The cluster cannot be reached. ${shownLine(reason ?? '')} Trying again…`}
      </p>
    </main>
  );
}
