// Every text that people read, in English: the source that the other languages translate. Data alone: no markup, no code.
//
// A name in braces is a place that the page fills; a translation has the same places, in any order. `one` and `other` are by number.
// What is in quotation marks or bold on a page, and every link within a sentence, is a value or a text of its own.
//
// Words that are always the same: log in, log out, login, session · application · login service (whoever checks who somebody is) ·
// security key (hardware), passkey (software) · token · code (six digits, or typed from a terminal) · request number · whoever runs this
// service.
import { reasonTexts } from '../http/refusals.ts';

const askWhoRunsIt =
  'If you think that you should have access, ask whoever runs this service, and tell them the request number below.';
const tellWhoRunsIt = 'If it stays like this, tell whoever runs this service the request number below.';
// Whoever opens a page is sent to log in; only who sent a form reads this.
const sendAgain =
  'What you sent did not arrive. Log in in a new tab, then come back here and load this page again: that sends it once more.';
const invitationOver = 'This invitation is over';
const noAccess = 'You do not have access';
const otherSite = 'That came from another site';

export const en = {
  language: 'en',

  /** What stands on many pages. */
  common: {
    startPage: '{brand}, start page',
    requestNumber: 'Request number',
    loggedInAs: 'Logged in as',
    reason: 'Reason',
    application: 'Application',
    contact: 'Contact',
    seeWhatYouCanOpen: 'See what you can open',
    tryAgain: 'Try again',
    continue: 'Continue',
    goOn: 'Go on',
    logIn: 'Log in',
    logInAgain: 'Log in again',
    logInAnotherWay: 'Log in another way',
    logInAsSomeoneElse: 'Log in as someone else',
    logOut: 'Log out',
    onYourWayTo: 'You are on your way to {application}.',
    yourAccount: 'Your account',
    yourApplications: 'Your applications',
    whereLoggedIn: 'Where you are logged in',
    programsActingAsYou: 'Programs that act as you',
    yourKeys: 'Your security keys',
    yourPasskeys: 'Your passkeys',
  },

  ago: {
    justNow: 'just now',
    second: { one: '{count} second ago', other: '{count} seconds ago' },
    minute: { one: '{count} minute ago', other: '{count} minutes ago' },
    hour: { one: '{count} hour ago', other: '{count} hours ago' },
    day: { one: '{count} day ago', other: '{count} days ago' },
  },

  /** The name of a browser, and of what it runs on. */
  browser: {
    unknown: 'a browser',
    on: '{browser} on {system}',
    unknownOn: 'a browser on {system}',
    systems: {
      iphone: 'an iPhone',
      ipad: 'an iPad',
      android: 'Android',
      windows: 'Windows',
      chromeos: 'ChromeOS',
      mac: 'a Mac',
      linux: 'Linux',
    },
  },

  /** Ways to log in that the settings give no name of their own. */
  ways: { email: 'Code by e-mail', passkey: 'Passkey' },

  start: {
    welcome: 'Welcome',
    purpose:
      'This is the way in to the applications behind it. Log in once, and every one that you have access to opens.',
    openToEverybody: 'Open to everybody: {applications}.',
    whoYouAre: 'Who you are',
    asksForMore: 'asks for one more step',
    nothing: {
      title: 'Nothing is open to this account',
      who: 'You are logged in as {person}, and there is nothing here for this account yet.',
      hint: 'If you have another account, log in with that one. Otherwise ask whoever runs this service to give this one access.',
    },
  },

  chooser: {
    title: 'Log in',
    choose: 'Choose how.',
    chooseFor: 'You are on your way to {application}. Choose how.',
    ways: 'Ways to log in',
    opens: 'Opens {applications}',
    alsoOpens: 'Also opens {applications}',
    /** Between the last two names of a list. */
    and: '{first} and {last}',
    more: '{count} more',
    silent: 'does not answer now',
    last: 'used last time',
  },

  hop: {
    title: 'One more step',
    toProvider: 'You are being taken to your login service to finish there.',
    toLogout: 'You are being taken to a page that finishes your logout.',
    loggedIn: 'You are logged in',
    toApplication: 'You are being taken to {application}.',
  },

  code: {
    addressTitle: 'Log in by e-mail',
    addressText: 'Type your e-mail address. You get a code that logs you in; there is no password.',
    address: 'E-mail address',
    sendCode: 'Send me a code',
    badAddress: 'This is not an e-mail address that we can write to. Is it complete?',
    codeTitle: 'Type the code from your mail',
    onItsWay: 'If {email} may log in here, a mail with a code is on its way.',
    onItsWayFor: 'If {email} may log in here to {application}, a mail with a code is on its way.',
    shown: 'This bouncer sends no mail, it shows it: {mail}.',
    openMail: 'open the mail',
    again: 'You asked more than once: only the code of the newest mail works.',
    code: 'Code',
    noMail:
      'No mail after a minute or two? Look into the folder for spam, and see whether the address is right: mail only goes to addresses that have access.',
    newCode: 'Send a new code',
    otherAddress: 'Use another address',
    delayed: 'The mail server does not answer at the moment. Codes may take some minutes to arrive.',
    faults: {
      'no-code':
        'That is not a whole code. It is made of digits alone: type all of them, as they are in the mail.',
      'used-before':
        'That code has logged somebody in already: each works once. Was the button pressed twice? Have a new one sent.',
      'wrong-code':
        'That code did not work. Is it from the newest mail? Codes hold for 10 minutes, and only in the browser that asked for them.',
      'used-up': 'Those were too many wrong codes. Have a new one sent, and use that.',
    },
  },

  mail: {
    title: 'Mail',
    heading: 'Mail of this bouncer',
    lead: 'This is a try on one machine: mail is sent to nobody. The newest {count} letters are kept here until bouncer stops.',
    none: 'There is no mail yet. A code only goes to an address that a policy names, or whose domain it names: where none comes, the log says {event} and why.',
    gone: 'This letter is not kept any more.',
    to: 'To {email}, {ago}',
    letter: 'Letter',
    asHtml: 'The letter as HTML',
    asText: 'The same as text',
    look: 'Look for new mail',
    others: 'Other letters',
    all: 'Letters',
  },

  stepUp: {
    keyTitle: 'Your security key, please',
    loginTitle: 'Please log in once more',
    /** `place` and `wish` are texts of these. */
    asks: '{place} asks for {wish}.',
    here: 'What you want to see',
    part: 'The part of {application} that you want to see',
    newLogin: 'a new login',
    loginWithin: 'a login {within}, and yours is older',
    key: 'a security key',
    keyWithin: 'a security key that was used {within}',
    within: {
      day: { one: 'in the last day', other: 'in the last {count} days' },
      hour: { one: 'in the last hour', other: 'in the last {count} hours' },
      minute: { one: 'in the last minute', other: 'in the last {count} minutes' },
      second: { one: 'in the last second', other: 'in the last {count} seconds' },
    },
    keyNext:
      '{provider} asks you for it next. Choose the key there if you have a choice; then you come back to where you were going.',
    loginNext: '{provider} asks who you are next; then you come back to where you were going.',
    stay: 'You stay logged in meanwhile, for everything else.',
    goOnTo: 'Go on to {provider}',
  },

  logout: {
    done: 'You are logged out',
    everywhere: 'Everywhere here, in this browser.',
    providerGoesOn:
      'Your login at {provider} goes on: who uses this browser next may come back in without a password. On a shared computer, log out there too, and close the browser.',
    provider: 'On a shared computer, see that you are logged out at {provider} too, and close the browser.',
    providers:
      'On a shared computer, see that you are logged out at your login service too, and close the browser.',
    doneHere: 'You are logged out here',
    hereOnly: 'Nobody is logged in here in this browser. Other applications may still know you.',
    logOutEverywhere: 'Log out everywhere',
    half: {
      ended: 'Your login has ended here, in this browser and everywhere it was used.',
      unwritten:
        'It could not be written down yet, because the storage behind this page does not take anything at the moment. That is tried again every second; if you are in doubt, tell whoever runs this site, with the number below.',
      provider:
        'Your account at the identity provider is still logged in there. On a shared computer, log out there too, and close the browser.',
    },
    question: 'Log out?',
    ends: 'This ends your login for every application here.',
    endsFor: 'You are logged in as {person}. Logging out ends that for every application here.',
    stay: 'Stay logged in',
  },

  withheld: {
    title: 'One more click, if you need it',
    text: 'You are logged in. But {provider} does not tell us whether you belong to {organizations}, so pages that are for its people stay closed.',
    or: '{first} or {last}',
    singleSignOn:
      '{organization} has a login of its own: take the button below, log in there, and allow this site to see it.',
    notApproved:
      '{organization} has not approved this site. Take the button below and ask for it there (“Request” or “Grant”); one of its owners has to say yes.',
    logInTo: 'Log in to {organization}',
    askFor: 'Ask {organization} to approve it',
    again: 'Done: log in again',
    without: 'Go on without it',
  },

  sessions: {
    lead: 'Each row is one browser. Do you not know one of them? End it, and change the password that you log in with, or that of your mail if you log in by codes.',
    list: 'Your sessions',
    loggedIn: 'Logged in {ago}',
    loggedInFrom: 'Logged in {ago} from {place}',
    used: 'Used {ago}',
    usedFor: 'Used {ago}: {applications}',
    terminals: 'Terminals: {names}',
    thisBrowser: 'this browser',
    end: 'End',
    endOthers: 'End all others',
    /** The name of a button for who hears the page. */
    endThis: '{action}: {browser}, this browser',
    endOther: '{action}: {browser}, used {ago}',
    hadEnded: 'It had ended already.',
    ended: { one: 'One session has ended.', other: '{count} sessions have ended.' },
    letters: 'When somebody logs in as you in a new browser, a mail goes to {email}.',
    noLetters: 'You can have a mail sent to {email} whenever somebody logs in as you in a new browser.',
    stopLetters: 'Send me no such mail',
    wantLetters: 'Send me such mail',
  },

  tokens: {
    lead: 'Terminals that you logged in, and tokens that you gave to programs. End what you do not know or need: it stops at once.',
    none: 'There is none.',
    list: 'Programs',
    terminal: 'Terminal',
    everything: 'everything',
    since: 'since {day}',
    endsWithSession: 'ends with its session',
    endsWithOther: 'ends with its session (of another browser)',
    ends: 'ends {day}; last used {used}',
    endsUnused: 'ends {day}; last used never',
    end: 'End',
    endNamed: 'End {name}',
    noApplication:
      'No application that you can open takes tokens of people. Whoever runs it can say so in its rules.',
    formTitle: 'A token for a program',
    formText:
      'For a calendar, files over WebDAV or a package manager: whatever asks for a name and a password, and cannot open a page. It may do what you may do, in the applications that you choose, and no more.',
    name: 'Name',
    for: 'For',
    endsAfter: 'It ends after',
    days: { one: '{count} day', other: '{count} days' },
    asksAgain: 'You logged in a while ago, so you are asked to log in again first.',
    make: 'Make a token',
    faults: {
      'no-name': 'Give it a name, so that you know it again: the program, and the computer.',
      'no-application': 'Choose at least one application.',
      'too-many': 'You have {count} tokens. End one that you do not need any more.',
    },
    made: 'Your token',
    copy: 'Copy it into {name} now: it is not shown again. Any name will do; the token is the password.',
    itEnds: 'It ends',
    withSession: 'with your session in this browser',
    whySession:
      'Your login service gives no way to ask later whether you still have access, so it cannot last longer.',
    copied: 'I have copied it',
  },

  terminal: {
    askTitle: 'Let a terminal act as you?',
    askText:
      'A program on this computer wants to log in as {person}. It could open everything here that you can, until your session ends.',
    askOnly: 'Go on only if you have just typed {command} yourself.',
    callsItself: 'It calls itself',
    runs: 'Where it runs',
    onThisComputer: 'on this computer',
    allow: 'Let it in',
    deny: 'No',
    goesOn: 'Your terminal is being logged in',
    goesOnText: 'This page goes on to it by itself. If nothing happens, click.',
    denied: 'Nothing was let in',
    deniedText: 'The terminal is told so. You can close this page.',
    goOnTo: 'Go on to the terminal',
    senseless: 'This link is not complete',
    senselessText: 'Start again in your terminal, with {command}. It opens the right page.',
    deviceTitle: 'Log a terminal in',
    deviceText:
      'Type the code that your own terminal shows. You get to see what asks before anything is let in.',
    deviceWarning:
      'Did somebody send you a code, or tell you one on the phone? Then they want to get in as you.',
    closePage: 'Close this page.',
    code: 'Code',
    faults: {
      wrong:
        'That code did not work. Codes hold for five minutes and once: is it the one that your terminal shows now?',
      'too-many': 'Those were too many tries. Wait five minutes, and let your terminal show you a new code.',
    },
    deviceAskTitle: 'Let this terminal act as you?',
    deviceAskText:
      'It wants to log in as {person}, and could open everything here that you can, until your session ends.',
    deviceAskOnly:
      'Go on only if the code stands on a screen of your own, and you started this there yourself.',
    asksFrom: 'It asks from',
    youAreAt: 'You are at',
    asked: 'It asked',
    notKnown: 'not known',
    elsewhere:
      'It asks from another address than yours. That is right for a server far away, and for nothing else.',
    loggedIn: 'Your terminal is logged in',
    loggedInText: 'It goes on within a few seconds. You can close this page.',
    off: 'Codes of terminals are not in use here',
    offText: 'Run {command} on the computer where your browser is.',
  },

  key: {
    useTitle: 'Use your security key',
    useForAnother: 'Before another key is added, one that you have already says that it is really you.',
    useText: 'Your key says that it is really you.',
    useFor: '{application} asks for your security key, so that nobody can get in with your login alone.',
    use: 'Use my key',
    addTitle: 'Add your security key',
    addAnotherTitle: 'Add another security key',
    addText: 'From then on, applications that ask for a key open with it.',
    addAnotherText:
      'With a second key you are not locked out when you lose the first. Keep it in another place.',
    addFor: '{application} asks for a security key, and you have none here yet.',
    name: 'What do you call it?',
    nameHint: 'For you alone, such as “blue, on my keys”.',
    add: 'Add this key',
    howTo: [
      'Plug the key in, or hold it to your phone.',
      'Type the PIN of the key when you are asked.',
      'Touch the key when it blinks.',
    ],
    states: {
      unscripted: 'Keys need JavaScript, which is off in this browser or did not load.',
      ready: 'Have the key at hand.',
      waiting: 'Your browser asks for the key now.',
      sent: 'Thank you. One moment.',
      cancelled:
        'Nothing came of it: it was cancelled, or the key has no PIN yet. Try again when you are ready.',
      late: 'The time ran out before a key was touched. Try again when you have it at hand.',
      known: 'This key is one of yours already. Take another one.',
      unsupported:
        'This browser cannot use security keys. Open this page in Firefox, Chrome, Edge or Safari, and not inside of another app.',
    },
    noKey:
      'No key at hand? Any of your other keys will do. Have you lost it? Tell whoever runs this service: they can let you add another.',
    notNow: 'Not now',
    added: 'The key was added.',
    addSecond: 'Add a second one now, so that you are not locked out when you lose the first.',
    none: 'There is none yet.',
    list: 'Your keys',
    addFirst: 'Add a key',
    addAnother: 'Add another key',
    removeFirst: 'To remove a key, {link}.',
    removeFirstLink: 'use one of yours first',
    byInvitation: 'Keys are added by invitation. Ask whoever runs this service for one.',
    addedOn: 'added {day}',
    unused: 'not used yet',
    lastUsed: 'last used {day}',
    badMake: 'Keys of this make are not taken any more.',
    remove: 'Remove',
    onlyKey:
      'There are pages here that ask you for a key, so you cannot remove the only one: add another first. Whoever runs this service can remove it, too.',
    removeOnly: 'Remove my only key',
    removeNamed: 'Remove {name}',
    removed: 'The key was removed',
    removedText: 'To be safe, you were logged out everywhere.',
  },

  passkey: {
    useTitle: 'Log in by passkey',
    useText:
      'Your browser asks for your fingerprint, your face or the PIN of this device. There is no password.',
    makeTitle: 'Make your passkey',
    makeText:
      'You were invited as {email}. With a passkey you log in by fingerprint, face or the PIN of your device, without a password.',
    goodUntil: 'It is good until {day}.',
    notYou: 'Is this not your address? Close this page, and tell whoever sent you the link.',
    name: 'What do you call it?',
    nameHint: 'Such as the device that you are on: “phone”.',
    make: 'Make a passkey',
    states: {
      unscripted: 'Passkeys need JavaScript, which is off in this browser or did not load.',
      ready: 'It takes a moment.',
      waiting: 'Your browser asks for the passkey now.',
      sent: 'Thank you. One moment.',
      cancelled:
        'Nothing came of it: it was cancelled, or there is no passkey for this page on this device. Try again when you are ready.',
      late: 'The time ran out. Try again when you are ready.',
      known: 'This device has a passkey of yours for this page already.',
      unsupported:
        'This browser cannot use passkeys. Open this page in Firefox, Chrome, Edge or Safari, and not inside of another app.',
    },
    added: 'Your passkey is ready',
    addedText: 'It logs you in as {email}. Try it now.',
    none: 'There is none.',
    otherWay: 'Passkeys are shown to who logged in by one, and you logged in in another way.',
    onlyOne: 'You cannot remove the only one that you can log in with.',
    removeFirst: 'To remove a passkey, {link}.',
    removeFirstLink: 'log in with one of yours first',
    anotherDevice:
      'For another device, ask whoever runs this service for an invitation. Phones and computers of one maker often share passkeys by themselves.',
    madeOn: 'made {day}',
    goodTo: 'good until {day}',
    ended: 'its time ended {day}',
    over: 'It logs nobody in any more.',
    removed: 'The passkey was removed',
    removedText:
      'To be safe, you were logged out everywhere. Your device still keeps its half of it: delete it there, so that it is not offered to you again.',
  },

  cookies: {
    cookies: 'Cookies',
    largest: 'The largest',
    more: 'and {count} more',
    nameless: '(without a name)',
    bytes: '{count} bytes',
    delete: 'Delete these cookies',
    title: 'Cookies of this site',
    tooMany: 'This site and its neighbours have left more cookies in your browser than can be passed on.',
    fine: 'Your browser does not send too many cookies here.',
  },

  /** A form that met the end of a login. */
  keptForm: {
    title: 'Send what you wrote?',
    text: 'Your login had ended when you sent this, and you have logged in again. It is sent once, as you wrote it, when you press the button.',
    send: 'Send it now',
    discard: 'Throw it away',
    to: 'Sent to',
    size: 'Size',
    until: 'Kept until',
    toApplication: 'Go to {application}',
    gone: {
      title: 'There is nothing to send',
      text: 'What you wrote is not here: it was sent or thrown away already, it is more than an hour old, or a later form took its place. Your browser may still have it: go back to the page that you sent it from.',
    },
    another: {
      title: 'This was somebody else’s',
      text: 'Somebody with another account wrote what was kept here, so it was thrown away and not sent.',
    },
    elsewhere: {
      title: 'This cannot be sent any more',
      text: 'There is another application at this address now than the one that you wrote this for, so it was thrown away and not sent.',
    },
    discarded: {
      title: 'It was thrown away',
      text: 'What you wrote was not sent, and nothing of it is kept.',
    },
  },

  /** The last page of a login in a window of its own. */
  popUp: {
    loggedIn: {
      title: 'You are logged in',
      text: 'You can close this window and go on where you were.',
    },
    notLoggedIn: { title: 'You are not logged in', text: 'Log in, and this window closes by itself.' },
  },

  /** Access for a time: asking for it, waiting for it, deciding about it. */
  access: {
    askLink: 'Ask for access',
    below: '{application}, below {path}',
    minutes: { one: '{count} minute', other: '{count} minutes' },
    hours: { one: '{count} hour', other: '{count} hours' },
    days: { one: '{count} day', other: '{count} days' },
    ask: {
      lead: 'You can ask for access to {what} for a time. Somebody who may give it decides.',
      purpose: 'What do you need it for?',
      hint: 'One or two sentences, at most {count} characters, without links.',
      optional: 'You need not say it.',
      duration: 'For how long?',
      send: 'Ask',
      noPurpose: 'Say what you need it for.',
      tooLong: 'That is longer than {count} characters.',
    },
    asked: {
      title: 'You have asked',
      byMail: 'Those who decide were told by mail. You get a mail when they have, and can look here.',
      byHand: 'Those who decide see it on their page. Tell them, so that they look.',
      again:
        'You may ask once more for this application when they have answered, or when your request has ended by itself.',
      since: 'Asked',
      until: 'It ends by itself',
      why: 'Why',
      look: 'Look again',
    },
    full: {
      title: 'Please wait',
      text: 'So many requests are open that no more can be taken. Speak to whoever runs this application, or try again later.',
    },
    nothing: {
      title: 'There is nothing to ask for',
      text: 'You may have access to this already, or nobody can be asked for it here.',
      open: 'Open it',
    },
    approvals: {
      title: 'Who asks for access',
      lead: 'Give it only to people whom you know, for what you understand. It ends by itself.',
      none: 'Nobody asks.',
      list: 'Requests',
      wants: '{what}, for {duration}',
      noPurpose: 'They did not say why.',
      given: 'Access that was given',
      until: '{what}, until {time}',
      by: 'given by {who}',
      give: 'Give access',
      refuse: 'Say no',
      end: 'End it',
      about: '{action}: {who}, {what}',
      here: 'the request of your mail',
    },
    outcomes: {
      given: 'Access was given.',
      refused: 'You said no.',
      gone: 'That request is closed: somebody answered it, or it has ended by itself.',
      own: 'That is your own request. Somebody else has to decide about it.',
      notTheirs: 'You do not decide about that.',
      stepUp: 'There may be more for you to decide about: it takes one more step first.',
      otherLogin: 'You decide about that with another login than the one that you have now.',
      ended: 'It has ended.',
    },
  },

  /** What rules miss in who is refused: kinds of things, for a sentence. */
  denial: {
    nobody: 'This is not open to you, and a login would not change that.',
    missing: 'What is missing: {what}.',
    rule: 'The reason: {reason}.',
    or: '{first} or {last}',
    and: '{first}, and also {last}',
    either: '{first}; or {last}',
    other: 'something else',
    lacks: {
      address: 'another address than yours',
      confirmed_address: 'an e-mail address that your login service has confirmed',
      group: 'a group that your account is not in',
      group_out: 'an account outside of a group that yours is in',
      known_group: 'a group, while your login service does not say which ones you are in',
      claim: 'something else in what your login service says of your account',
      login_method: 'a login in another way',
      auth_method: 'a login with another proof of who you are',
      network: 'another network than the one that you come from',
      country: 'another country than the one that you come from',
      time: 'another day or time of day',
      method: 'another kind of request, such as one that only reads',
      grant: 'access for a time, which somebody gives',
      program: 'a token of a program, since this is not for people',
    },
  },

  /** Refusals by their page, which src/http/refusal-pages.ts gives its look. */
  refusals: {
    notGiven: {
      title: noAccess,
      text: 'Your account has not been given access to this.',
      hint: askWhoRunsIt,
    },
    ruleSaysNo: {
      title: noAccess,
      text: 'A rule of this application says no to this request.',
      hint: askWhoRunsIt,
    },
    accessEnded: {
      title: noAccess,
      text: 'Your access ended while the application was at work.',
      hint: askWhoRunsIt,
    },
    uncheckable: {
      title: 'We could not check your access',
      text: 'Something went wrong while your access was checked, so nobody was let in. Please try again.',
      hint: tellWhoRunsIt,
    },
    login: {
      title: 'Please log in',
      text: 'You are not logged in here, or your login has ended.',
      hint: sendAgain,
    },
    formKept: {
      title: 'Please log in again',
      text: 'Your login had ended when you sent this. Nothing is lost: what you wrote is kept for an hour, and you can send it when you have logged in.',
      hint: null,
    },
    formTooLarge: {
      title: 'Please log in first',
      text: 'Your login had ended when you sent this, and it is too large to be kept meanwhile.',
      hint: 'Log in in a new tab. Then come back here, go back to the page that you sent it from, and send it once more: most browsers still have what you wrote.',
    },
    securityKey: {
      title: 'Your security key, please',
      text: 'This part asks for a security key. Log in again and use yours.',
      hint: sendAgain,
    },
    freshLogin: {
      title: 'Please log in again',
      text: 'This part asks for a recent login, and yours was a while ago.',
      hint: sendAgain,
    },
    loginFailed: {
      title: 'The login did not complete',
      text: 'Nobody was logged in. Please start again from the page that you wanted to see.',
      hint: null,
    },
    badToken: {
      title: 'That token does not work here',
      text: 'The program sent a token that is not valid for this, so nothing was let through.',
      hint: null,
    },
    foreignHandshake: {
      title: otherSite,
      text: 'Another site tried to open a connection to this application in your name. It was stopped.',
      hint: null,
    },
    foreignForm: {
      title: otherSite,
      text: 'Another site tried to do this in your name. It was stopped, and nothing has changed.',
      hint: null,
    },
    senseless: {
      title: 'This address cannot be opened',
      text: 'It could be read in more than one way, or a part of what was sent is malformed, so it was not passed on. Please type it again. A link that keeps leading here is broken: tell whoever made it.',
      hint: null,
    },
    nothingHere: {
      title: 'This page does not exist',
      text: 'There is nothing at this address. Please check it for a typing mistake, or begin with what you can open.',
      hint: null,
    },
    unknownHost: {
      title: 'There is no application at this address',
      text: 'The name in the address is not one that this service knows. Please check it for a typing mistake. If it is right, the application has another name now, or is not set up yet.',
      hint: 'If it should be here, tell whoever runs this service the request number below.',
    },
    notThisWay: {
      title: 'That cannot be done here',
      text: 'The address is right, but what was asked of it is not possible.',
      hint: null,
    },
    notOnOffer: {
      title: 'That is not possible here',
      text: 'The request uses something that this service does not do.',
      hint: null,
    },
    tooLarge: {
      title: 'That is too large',
      text: 'What was sent is larger than is allowed here.',
      hint: null,
    },
    tooLong: { title: 'The address is too long', text: 'Please use a shorter one.', hint: null },
    tooMuch: {
      title: 'Your browser sent too much',
      text: 'Deleting the cookies of this site usually helps.',
      hint: null,
    },
    cookies: {
      title: 'Too many cookies',
      text: 'This site and its neighbours have left more cookies in your browser than can be passed on.',
      hint: 'Deleting them here may log you out of some applications, and changes nothing else. If they keep coming back, tell whoever runs this service their names.',
    },
    tooSlow: {
      title: 'That took too long',
      text: 'The request did not arrive in time. Please try again.',
      hint: null,
    },
    loop: {
      title: 'The application is not set up right',
      text: 'What should lead to it leads back here. Whoever runs it can find the reason in the log.',
      hint: tellWhoRunsIt,
    },
    noAnswer: {
      title: 'The application does not answer',
      text: 'You are in the right place, but the application is not running or cannot be reached. Please try again in a moment.',
      hint: tellWhoRunsIt,
    },
    brokenAnswer: {
      title: 'The application gave a broken answer',
      text: 'You are in the right place, but what the application sent could not be passed on.',
      hint: tellWhoRunsIt,
    },
    slowAnswer: {
      title: 'The application is too slow',
      text: 'It did not answer in time. Please try again in a moment.',
      hint: tellWhoRunsIt,
    },
    busy: {
      title: 'The application is busy',
      text: 'Too many people are asking at once. Please try again in a moment.',
      hint: tellWhoRunsIt,
    },
    maintenance: {
      title: 'Being worked on',
      text: 'You have access to this application, and it is closed for a while because somebody is working on it. Please come back later.',
      hint: null,
    },
    noStore: {
      title: 'We cannot check who you are',
      text: 'Logins cannot be looked up right now. Please try again in a moment.',
      hint: tellWhoRunsIt,
    },
    noProvider: {
      title: 'The login service does not answer',
      text: 'Nobody can log in right now. Whoever is logged in already can carry on.',
      hint: tellWhoRunsIt,
    },
    unexpected: {
      title: 'Something went wrong on our side',
      text: 'It is not your fault. Please try again in a moment.',
      hint: tellWhoRunsIt,
    },
  },
  logInInNewTab: 'Log in in a new tab',

  /** Why the request itself was at fault. In English the words of the JSON answer. */
  reasons: reasonTexts,

  /** Where rules said no: what they may have missed. The id is the one in the log and in `bouncer explain`. */
  emailFaults: {
    'email-missing': 'The provider that you logged in with sent no e-mail address (email-missing).',
    'email-malformed':
      'The e-mail address that your provider sent cannot be used, so it does not count here (email-malformed).',
    'email-not-verified':
      'The provider that you logged in with does not say that your e-mail address was checked, so it does not count here (email-not-verified).',
    'email-outside-provider':
      'The provider that you logged in with does not speak for your e-mail address, so it does not count here (email-outside-provider).',
  },

  /** When a login cannot go on: what happened, what to do, and the one button. */
  problems: {
    'bad-request': {
      title: 'This login link does not work',
      text: 'The address is incomplete or was changed on its way. Start again from the page that you wanted to see.',
      button: 'Start again',
    },
    'unknown-provider': {
      title: 'This way to log in is gone',
      text: 'The login service in this link is not in use here any more. You can pick another one.',
      button: 'See how to log in',
    },
    expired: {
      title: 'This login ran out',
      text: 'A login has to be finished within a few minutes, and this one was not. Nothing is lost: just log in again.',
      button: 'Log in again',
    },
    'already-used': {
      title: 'This login was already used',
      text: 'Each login link works once. This happens with the back button, or when a page is loaded again. You may well be logged in already.',
      button: 'Continue',
    },
    'other-browser': {
      title: 'This login began somewhere else',
      text: 'It was started in another browser, or this browser did not keep its cookie. To protect you, it cannot be finished here. Start again, and allow cookies for this site.',
      button: 'Log in here',
    },
    'other-person': {
      title: 'That was another account',
      text: 'The token is for who is logged in here, and your login service sent somebody else. Nothing was made. Choose the same account there.',
      button: 'Back to your tokens',
    },
    'refused-by-provider': {
      title: 'The login was not completed',
      text: 'The login service said no, or you went back before you were done. You can try again, or choose another account there.',
      button: 'Try again',
    },
    'provider-unavailable': {
      title: 'The login service does not answer',
      text: 'So nobody can log in right now. Whoever is logged in already can carry on. Please try again in a moment.',
      button: 'Try again',
    },
    'provider-answer-invalid': {
      title: 'We could not verify this login',
      text: 'What the login service sent did not pass our checks, so nobody was logged in. If trying again does not help, tell whoever runs this service the request number below.',
      button: 'Try again',
    },
    'hardware-key-not-confirmed': {
      title: 'No security key was used',
      text: 'The page that you want to see asks for a security key, and the login service did not confirm that you used one. Try again and choose the key when you are asked.',
      button: 'Try again with my key',
    },
    'fresh-login-not-confirmed': {
      title: 'We need a fresh login',
      text: 'The page that you want to see asks for a recent login, but the login service let you through without asking again. Log out there, then try again.',
      button: 'Try again',
    },
    'too-many-tries': {
      title: 'Please wait a little',
      text: 'There were many attempts to log in from where you are, so no more are taken for ten minutes. That has nothing to do with your address. Your newest code holds until then.',
      button: 'Go back',
    },
    'logout-expired': {
      title: 'Nobody was logged out',
      text: 'The question whether to log out is good for ten minutes, and this one is older or its address is incomplete. Nothing has changed yet.',
      button: 'Start again',
    },
    'person-blocked': {
      title: 'This account cannot log in here',
      text: 'Whoever runs this service has closed it for this account. If you think that is a mistake, ask them, and tell them the request number below.',
      button: 'Log in as someone else',
    },
    'too-many-failures': {
      title: 'Please wait a minute',
      text: 'Many logins from where you are, or with this login service, came to nothing, so this one was not finished. Nothing is wrong with your account.',
      button: 'Try again',
    },
    'key-answer-invalid': {
      title: 'That key did not answer as it should',
      text: 'Nothing was changed. Try again: put the key in, type its PIN when you are asked, and touch it. If it still does not work, tell whoever runs this service the request number below.',
      button: 'Try again',
    },
    'key-built-in': {
      title: 'This key is part of your device',
      text: 'What answered was your phone or computer itself. Here a security key of its own is needed: one that you plug in or hold to the device.',
      button: 'Try with another key',
    },
    'key-not-bound': {
      title: 'This key can be copied',
      text: 'What answered is a passkey that your account backs up to other devices. Here a security key of its own is needed, whose secret never leaves it.',
      button: 'Try with another key',
    },
    'key-not-known': {
      title: 'This key is not one of yours',
      text: 'The key that answered is not enrolled for the account that you are logged in with. Use one that is, or log in with the account that it belongs to.',
      button: 'Try with another key',
    },
    'keys-of-another-host': {
      title: 'Your keys are for an earlier address of this service',
      text: 'This service has moved to another address since your keys were enrolled, and a security key answers only for the address that it was enrolled for. Nothing is wrong with your key. Ask whoever runs this service to remove what is enrolled for you and to invite you anew; you can use the same key.',
      button: 'Go back',
    },
    'key-copied': {
      title: 'Something is wrong with this key',
      text: 'The key says that it was used less often than we know it was. There may be a copy of it, so it was refused. Please tell whoever runs this service, with the request number below.',
      button: 'Try with another key',
    },
    'key-make-refused': {
      title: 'Keys of this make are not taken any more',
      text: 'Its maker or the FIDO Alliance says that keys of this make are not safe. Nothing is wrong with your account; you need another key. Have you no other one here? Ask whoever runs this service to remove this key and to invite you anew.',
      button: 'Try with another key',
    },
    'key-of-other-make': {
      title: 'Another kind of key is asked for',
      text: 'You used a security key, and it is a good one. But this page takes keys of certain makes alone, and yours is of another, or was added before its make could be told. If you have one that fits, use that. Otherwise ask whoever runs this service which keys are taken.',
      button: 'Use another key',
    },
    'key-question-over': {
      title: 'That took too long',
      text: 'A key has two minutes to answer, so that nobody can use an old answer. Nothing is lost: try again when you have it at hand.',
      button: 'Try again',
    },
    'last-key': {
      title: 'This is your only key',
      text: 'There are pages here that ask you for a key, and without one you could not open them any more. Add another one first. Have you given up this service, or must this key not count any more? Tell whoever runs it: they remove it.',
      button: 'See my keys',
    },
    'last-passkey': {
      title: 'This is your only passkey',
      text: 'It is what you log in with, and without it you could not come back. Ask whoever runs this service for an invitation to make another one first, or let them remove this one.',
      button: 'See my passkeys',
    },
    'key-not-added': {
      title: 'The key was not added',
      text: 'It is enrolled already, or another one was added at the same moment. Have a look at your keys.',
      button: 'See my keys',
    },
    'key-needed-first': {
      title: 'Use one of your keys first',
      text: 'A key is only removed by somebody who has one of your keys at hand. Use one, then remove the other.',
      button: 'See my keys',
    },
    'no-key-enrolled': {
      title: 'You have no security key here yet',
      text: 'This page asks for a security key, and none is enrolled for you. Keys are enrolled by invitation: ask whoever runs this service for one.',
      button: 'Go back',
    },
    'too-many-keys': {
      title: 'You have ten keys already',
      text: 'That is as many as one person can have. Remove one that you do not use any more.',
      button: 'See my keys',
    },
    'invitation-over': {
      title: invitationOver,
      text: 'An invitation works once, and for a day. If you did not use it yourself, say so to whoever sent it. Otherwise ask for a new one.',
      button: 'See my keys',
    },
    'invitation-of-another': {
      title: 'This invitation is for another address',
      text: 'It was made for somebody with another e-mail address than the one that you are logged in with. Log in with that address, or ask for an invitation of your own.',
      button: 'See my keys',
    },
    'passkey-answer-invalid': {
      title: 'The passkey did not log you in',
      text: 'What your browser sent is not a good answer of a passkey for this page. Start again; if it happens once more, tell whoever runs this service, with the request number below.',
      button: 'Try again',
    },
    'passkey-not-known': {
      title: 'This passkey is not known here',
      text: 'It was removed, or made for another site or another time. You can delete it from your phone or password manager. Passkeys are made by invitation: ask whoever runs this service for one.',
      button: 'Try again',
    },
    'passkey-over': {
      title: 'The time of this passkey is over',
      text: 'It was made for a while. Whoever runs this service can invite you to make a new one.',
      button: 'Try again',
    },
    'passkey-invitation-over': {
      title: invitationOver,
      text: 'An invitation works once, and for a day. If you did not use it yourself, say so at once to whoever sent it. Otherwise ask for a new one.',
      button: 'Go to the start page',
    },
    'store-unavailable': {
      title: 'Logins are not possible right now',
      text: 'A login cannot be saved at the moment. It is not your fault, and who is logged in goes on. Please try again in a moment.',
      button: 'Try again',
    },
  },
  chooseHow: 'Choose how to log in',
  otherWay: 'There is more than one way to log in here: you can take another one.',

  letters: {
    site: 'Site',
    for: 'For',
    when: 'When',
    askedFor: 'Asked for',
    with: 'With',
    /** A way to log in, and a person. */
    by: 'By',
    doneBy: 'By',
    address: 'Address',
    key: 'Key',
    operator: 'whoever runs this site',
    code: {
      subject: 'Your code for {name}',
      title: '{pin} is your code to log in to {name}.',
      longer: 'It is longer than usual, because somebody has been trying out codes.',
      typeIt: 'Type it into the page that asked for it. It holds for {minutes} minutes and works once.',
      never:
        'Never give it to anybody, not even to somebody who says that they are from {site}: whoever has it can log in as you.',
      closing: 'You did not ask for it? Then there is nothing to do: without this code nobody gets in.',
    },
    share: {
      subject: '{who} shares a page with you',
      title: '{who} shares a page with you, from their own computer.',
      open: 'Its address is below: open it in your browser, and log in as {email}. Nobody but the people whom {who} named can see it.',
      warning:
        'The page is made by whoever shares it, and not by {site}. It never needs a password of {site}: if it asks for one, leave it.',
      logInAt: 'You log in at',
      until: 'Until',
      closing: 'You do not know {who}? Then there is nothing to do, and nothing to open.',
      somebody: 'Somebody with an account at {site}',
    },
    login: {
      subject: 'A new login at {site}',
      title: 'Somebody logged in as you, in a browser that was not told of before.',
      wasYou: 'Was it you? Then there is nothing to do.',
      notYou:
        'It was not you? Open {site} as you always do, look at “Where you are logged in”, and end what you do not know. Then change your password where you log in, and tell whoever runs the site.',
      closing: 'You get this letter because you asked for it, on the page “Where you are logged in”.',
    },
    access: {
      askSubject: '{email} asks for access to {application}',
      askTitle: 'Somebody asks for access to {what}.',
      doYouKnow:
        'Do you know who it is, and why they need it? Then open the request, log in, and say yes or no. Nothing is given before that.',
      doNothing: 'If you do not know them, do nothing: the request ends by itself.',
      link: 'Look at the request',
      who: 'Who',
      why: 'Why',
      noPurpose: 'they did not say',
      askClosing:
        'You get this letter because the rules of {site} name you as somebody who decides about it.',
      givenSubject: 'You have access to {application}',
      givenTitle: 'You were given access to {what}.',
      given: 'Open it as you did before. The access ends by itself.',
      until: 'Until',
      refusedSubject: 'No access to {application}',
      refusedTitle: 'You were not given access to {what}.',
      refused: 'If you still need it, speak to whoever runs it.',
      answerClosing: 'You get this letter because you asked for access at {site}.',
    },
    keys: {
      hardware_key_enrolled: {
        subject: 'A security key was added to your account at {site}',
        title: 'A security key was added to your account.',
        closing: 'That was not you? Tell whoever runs this site at once: somebody else can prove to be you.',
      },
      hardware_key_removed: {
        subject: 'A security key was removed from your account at {site}',
        title: 'A security key was removed from your account, and you were logged out everywhere.',
        closing: 'That was not you? Tell whoever runs this site at once.',
      },
      passkey_enrolled: {
        subject: 'A passkey was added to your account at {site}',
        title: 'A passkey was added to your account. Whoever has it can log in as you.',
        closing: 'That was not you? Tell whoever runs this site at once.',
      },
      passkey_removed: {
        subject: 'A passkey was removed from your account at {site}',
        title: 'A passkey was removed from your account, and you were logged out everywhere.',
        closing: 'That was not you? Tell whoever runs this site at once.',
      },
    },
  },
} as const;
