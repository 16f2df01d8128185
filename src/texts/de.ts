// The texts in German. People are addressed as “Sie”; what they are to do is an imperative, what a button does an infinitive.
//
// log in: (sich) anmelden, Anmeldung; log out: (sich) abmelden; session: Sitzung · application: Anwendung · login service: Anmeldedienst
// · security key: Sicherheitsschlüssel; passkey: Passkey · token: Token · code: Code · request number: Vorgangsnummer · whoever runs
// this service: wer diesen Dienst betreibt · browser: Browser
import type { Texts } from './texts-shape.ts';

const askWhoRunsIt =
  'Wenn Sie Zugriff haben sollten, wenden Sie sich an den Betreiber dieses Dienstes, und nennen Sie die Vorgangsnummer unten.';
const tellWhoRunsIt = 'Wenn es so bleibt, melden Sie dem Betreiber dieses Dienstes die Vorgangsnummer unten.';
const sendAgain =
  'Was Sie gesendet haben, ist nicht angekommen. Melden Sie sich in einem neuen Tab an, kommen Sie dann hierher zurück und laden Sie diese Seite neu: Damit wird es noch einmal gesendet.';
const invitationOver = 'Diese Einladung gilt nicht mehr';
const noAccess = 'Sie haben keinen Zugriff';
const otherSite = 'Das kam von einer anderen Website';

export const de: Texts = {
  language: 'de',

  common: {
    startPage: '{brand}, Startseite',
    requestNumber: 'Vorgangsnummer',
    loggedInAs: 'Angemeldet als',
    reason: 'Grund',
    application: 'Anwendung',
    contact: 'Ansprechpartner',
    seeWhatYouCanOpen: 'Zu meinen Anwendungen',
    tryAgain: 'Noch einmal versuchen',
    continue: 'Weiter',
    goOn: 'Weiter',
    logIn: 'Anmelden',
    logInAgain: 'Wieder anmelden',
    logInAnotherWay: 'Anders anmelden',
    logInAsSomeoneElse: 'Mit anderem Konto anmelden',
    logOut: 'Abmelden',
    onYourWayTo: 'Sie sind auf dem Weg zu {application}.',
    yourAccount: 'Ihr Konto',
    yourApplications: 'Ihre Anwendungen',
    whereLoggedIn: 'Wo Sie angemeldet sind',
    programsActingAsYou: 'Programme, die in Ihrem Namen handeln',
    yourKeys: 'Ihre Sicherheitsschlüssel',
    yourPasskeys: 'Ihre Passkeys',
  },

  ago: {
    justNow: 'gerade eben',
    second: { one: 'vor {count} Sekunde', other: 'vor {count} Sekunden' },
    minute: { one: 'vor {count} Minute', other: 'vor {count} Minuten' },
    hour: { one: 'vor {count} Stunde', other: 'vor {count} Stunden' },
    day: { one: 'vor {count} Tag', other: 'vor {count} Tagen' },
  },

  browser: {
    unknown: 'ein Browser',
    on: '{browser} {system}',
    unknownOn: 'ein Browser {system}',
    systems: {
      iphone: 'auf einem iPhone',
      ipad: 'auf einem iPad',
      android: 'unter Android',
      windows: 'unter Windows',
      chromeos: 'unter ChromeOS',
      mac: 'auf einem Mac',
      linux: 'unter Linux',
    },
  },

  ways: { email: 'Code per E-Mail', passkey: 'Passkey' },

  start: {
    welcome: 'Willkommen',
    purpose:
      'Hier geht es zu den Anwendungen, die dahinter liegen. Melden Sie sich einmal an, und alle, auf die Sie Zugriff haben, stehen Ihnen offen.',
    openToEverybody: 'Für alle offen: {applications}.',
    whoYouAre: 'Wer Sie sind',
    asksForMore: 'verlangt noch einen Schritt',
    nothing: {
      title: 'Für dieses Konto ist nichts freigegeben',
      who: 'Sie sind als {person} angemeldet, und für dieses Konto gibt es hier noch nichts.',
      hint: 'Wenn Sie ein anderes Konto haben, melden Sie sich damit an. Sonst bitten Sie den Betreiber dieses Dienstes, dieses Konto freizugeben.',
    },
  },

  chooser: {
    title: 'Anmelden',
    choose: 'Wählen Sie, wie.',
    chooseFor: 'Sie sind auf dem Weg zu {application}. Wählen Sie, wie Sie sich anmelden.',
    ways: 'Wege, sich anzumelden',
    opens: 'Öffnet {applications}',
    alsoOpens: 'Öffnet auch {applications}',
    and: '{first} und {last}',
    more: '{count} weitere',
    silent: 'antwortet gerade nicht',
    last: 'zuletzt verwendet',
  },

  hop: {
    title: 'Noch ein Schritt',
    toProvider: 'Sie werden zu Ihrem Anmeldedienst weitergeleitet und schließen es dort ab.',
    toLogout: 'Sie werden zu einer Seite weitergeleitet, die Ihre Abmeldung abschließt.',
    loggedIn: 'Sie sind angemeldet',
    toApplication: 'Sie werden zu {application} weitergeleitet.',
  },

  code: {
    addressTitle: 'Per E-Mail anmelden',
    addressText:
      'Geben Sie Ihre E-Mail-Adresse ein. Sie erhalten einen Code, der Sie anmeldet; ein Passwort gibt es nicht.',
    address: 'E-Mail-Adresse',
    sendCode: 'Code senden',
    badAddress: 'An diese E-Mail-Adresse können wir nicht schreiben. Ist sie vollständig?',
    codeTitle: 'Geben Sie den Code aus der E-Mail ein',
    onItsWay: 'Wenn {email} sich hier anmelden darf, ist eine E-Mail mit einem Code unterwegs.',
    onItsWayFor:
      'Wenn {email} sich hier bei {application} anmelden darf, ist eine E-Mail mit einem Code unterwegs.',
    shown: 'Dieser bouncer sendet keine E-Mails, er zeigt sie: {mail}.',
    openMail: 'E-Mails öffnen',
    again: 'Sie haben mehr als einen Code angefordert: Nur der aus der neuesten E-Mail gilt.',
    code: 'Code',
    noMail:
      'Nach ein, zwei Minuten noch keine E-Mail? Sehen Sie im Spam-Ordner nach, und prüfen Sie die Adresse: E-Mails gehen nur an Adressen, die Zugriff haben.',
    newCode: 'Neuen Code senden',
    otherAddress: 'Andere Adresse verwenden',
    delayed: 'Der Mailserver antwortet gerade nicht. Es kann einige Minuten dauern, bis Codes ankommen.',
    faults: {
      'no-code':
        'Dieser Code ist nicht vollständig. Er besteht nur aus Ziffern: Geben Sie alle ein, so wie sie in der E-Mail stehen.',
      'used-before':
        'Mit diesem Code hat sich schon jemand angemeldet: Jeder gilt einmal. Haben Sie zweimal auf den Knopf gedrückt? Lassen Sie sich einen neuen senden.',
      'wrong-code':
        'Dieser Code gilt nicht. Ist er aus der neuesten E-Mail? Codes gelten 10 Minuten, und nur in dem Browser, in dem sie angefordert wurden.',
      'used-up':
        'Das waren zu viele falsche Codes. Lassen Sie sich einen neuen senden, und verwenden Sie den.',
    },
  },

  mail: {
    title: 'E-Mails',
    heading: 'Die E-Mails dieses bouncers',
    lead: 'Das ist ein Versuch auf einem einzigen Rechner: Niemandem wird eine E-Mail gesendet. Die neuesten {count} bleiben hier, bis bouncer endet.',
    none: 'Noch gibt es keine E-Mail. Ein Code geht nur an eine Adresse, die eine Regel nennt oder deren Domain sie nennt: Kommt keiner, sagt das Protokoll {event} und warum.',
    gone: 'Diese E-Mail ist nicht mehr da.',
    to: 'An {email}, {ago}',
    letter: 'E-Mail',
    asHtml: 'Die E-Mail als HTML',
    asText: 'Dasselbe als Text',
    look: 'Nach neuen E-Mails sehen',
    others: 'Andere E-Mails',
    all: 'Alle E-Mails',
  },

  stepUp: {
    keyTitle: 'Ihren Sicherheitsschlüssel, bitte',
    loginTitle: 'Bitte melden Sie sich noch einmal an',
    asks: '{place} verlangt {wish}.',
    here: 'Was Sie öffnen möchten,',
    part: 'Der Teil von {application}, den Sie öffnen möchten,',
    newLogin: 'eine neue Anmeldung',
    loginWithin: 'eine Anmeldung {within}, und Ihre ist älter',
    key: 'einen Sicherheitsschlüssel',
    keyWithin: 'einen Sicherheitsschlüssel, der {within} verwendet wurde',
    within: {
      day: { one: 'am letzten Tag', other: 'in den letzten {count} Tagen' },
      hour: { one: 'in der letzten Stunde', other: 'in den letzten {count} Stunden' },
      minute: { one: 'in der letzten Minute', other: 'in den letzten {count} Minuten' },
      second: { one: 'in der letzten Sekunde', other: 'in den letzten {count} Sekunden' },
    },
    keyNext:
      '{provider} fragt Sie als Nächstes danach. Wählen Sie dort den Schlüssel, falls Sie die Wahl haben; danach geht es da weiter, wo Sie hinwollten.',
    loginNext: '{provider} fragt als Nächstes, wer Sie sind; danach geht es da weiter, wo Sie hinwollten.',
    stay: 'Für alles andere bleiben Sie währenddessen angemeldet.',
    goOnTo: 'Weiter zu {provider}',
  },

  logout: {
    done: 'Sie sind abgemeldet',
    everywhere: 'Hier überall, in diesem Browser.',
    providerGoesOn:
      'Ihre Anmeldung bei {provider} besteht weiter: Wer diesen Browser als Nächstes benutzt, kommt vielleicht ohne Passwort wieder herein. Melden Sie sich an einem gemeinsam genutzten Computer auch dort ab, und schließen Sie den Browser.',
    provider:
      'Achten Sie an einem gemeinsam genutzten Computer darauf, dass Sie auch bei {provider} abgemeldet sind, und schließen Sie den Browser.',
    providers:
      'Achten Sie an einem gemeinsam genutzten Computer darauf, dass Sie auch bei Ihrem Anmeldedienst abgemeldet sind, und schließen Sie den Browser.',
    doneHere: 'Sie sind hier abgemeldet',
    hereOnly: 'Hier ist in diesem Browser niemand angemeldet. Andere Anwendungen kennen Sie vielleicht noch.',
    logOutEverywhere: 'Überall abmelden',
    half: {
      ended: 'Ihre Anmeldung ist beendet: hier, in diesem Browser und überall, wo sie verwendet wurde.',
      unwritten:
        'Das konnte noch nicht gespeichert werden, weil der Speicher hinter dieser Seite gerade nichts annimmt. Es wird jede Sekunde neu versucht; melden Sie es im Zweifel dem Betreiber dieser Website mit der Nummer unten.',
      provider:
        'Beim Anmeldedienst sind Sie weiterhin angemeldet. Melden Sie sich an einem gemeinsam genutzten Computer auch dort ab, und schließen Sie den Browser.',
    },
    question: 'Abmelden?',
    ends: 'Damit endet Ihre Anmeldung für alle Anwendungen hier.',
    endsFor: 'Sie sind als {person} angemeldet. Das Abmelden beendet das für alle Anwendungen hier.',
    stay: 'Angemeldet bleiben',
  },

  withheld: {
    title: 'Noch ein Klick, falls Sie ihn brauchen',
    text: 'Sie sind angemeldet. {provider} sagt uns aber nicht, ob Sie zu {organizations} gehören; Seiten für diese Leute bleiben deshalb geschlossen.',
    or: '{first} oder {last}',
    singleSignOn:
      '{organization} hat eine eigene Anmeldung: Drücken Sie den Knopf unten, melden Sie sich dort an, und erlauben Sie dieser Website, es zu sehen.',
    notApproved:
      '{organization} hat diese Website nicht freigegeben. Drücken Sie den Knopf unten, und bitten Sie dort darum („Request“ oder „Grant“); jemand mit Eigentümerrechten muss zustimmen.',
    logInTo: 'Bei {organization} anmelden',
    askFor: 'Freigabe durch {organization} erbitten',
    again: 'Erledigt: wieder anmelden',
    without: 'Ohne das fortfahren',
  },

  sessions: {
    lead: 'Jede Zeile ist ein Browser. Erkennen Sie einen nicht? Dann beenden Sie ihn, und ändern Sie das Passwort, mit dem Sie sich anmelden, oder das Ihrer E-Mail, wenn Sie sich mit Codes anmelden.',
    list: 'Ihre Sitzungen',
    loggedIn: 'Angemeldet {ago}',
    loggedInFrom: 'Angemeldet {ago} von {place}',
    used: 'Verwendet {ago}',
    usedFor: 'Verwendet {ago}: {applications}',
    terminals: 'Terminals: {names}',
    thisBrowser: 'dieser Browser',
    end: 'Beenden',
    endOthers: 'Alle anderen beenden',
    endThis: '{action}: {browser}, dieser Browser',
    endOther: '{action}: {browser}, verwendet {ago}',
    hadEnded: 'Sie war schon beendet.',
    ended: { one: 'Eine Sitzung wurde beendet.', other: '{count} Sitzungen wurden beendet.' },
    letters: 'Wenn sich jemand als Sie in einem neuen Browser anmeldet, geht eine E-Mail an {email}.',
    noLetters:
      'Auf Wunsch geht eine E-Mail an {email}, sobald sich jemand als Sie in einem neuen Browser anmeldet.',
    stopLetters: 'Keine solchen E-Mails senden',
    wantLetters: 'Solche E-Mails senden',
  },

  tokens: {
    lead: 'Terminals, die Sie angemeldet haben, und Token, die Sie Programmen gegeben haben. Beenden Sie, was Sie nicht kennen oder nicht brauchen: Es hört sofort auf.',
    none: 'Es gibt keine.',
    list: 'Programme',
    terminal: 'Terminal',
    everything: 'alles',
    since: 'seit {day}',
    endsWithSession: 'endet mit der Sitzung',
    endsWithOther: 'endet mit der Sitzung (eines anderen Browsers)',
    ends: 'endet am {day}; zuletzt verwendet am {used}',
    endsUnused: 'endet am {day}; noch nie verwendet',
    end: 'Beenden',
    endNamed: '{name} beenden',
    noApplication:
      'Keine Anwendung, die Sie öffnen können, nimmt Token von Personen. Wer sie betreibt, kann das in ihren Regeln erlauben.',
    formTitle: 'Ein Token für ein Programm',
    formText:
      'Für einen Kalender, Dateien über WebDAV oder eine Paketverwaltung: für alles, was nach Name und Passwort fragt und keine Seite öffnen kann. Es darf, was Sie dürfen, in den Anwendungen, die Sie wählen, und nicht mehr.',
    name: 'Name',
    for: 'Für',
    endsAfter: 'Es endet nach',
    days: { one: '{count} Tag', other: '{count} Tagen' },
    asksAgain:
      'Ihre Anmeldung ist eine Weile her; deshalb werden Sie zuerst gebeten, sich wieder anzumelden.',
    make: 'Token erstellen',
    faults: {
      'no-name': 'Geben Sie ihm einen Namen, an dem Sie es wiedererkennen: das Programm und den Computer.',
      'no-application': 'Wählen Sie mindestens eine Anwendung.',
      'too-many': 'Sie haben {count} Token. Beenden Sie eines, das Sie nicht mehr brauchen.',
    },
    made: 'Ihr Token',
    copy: 'Kopieren Sie es jetzt in {name}: Es wird nicht noch einmal angezeigt. Als Name genügt ein beliebiger; das Token ist das Passwort.',
    itEnds: 'Es endet',
    withSession: 'mit Ihrer Sitzung in diesem Browser',
    whySession:
      'Ihr Anmeldedienst lässt sich später nicht fragen, ob Sie noch Zugriff haben; deshalb kann es nicht länger gelten.',
    copied: 'Ich habe es kopiert',
  },

  terminal: {
    askTitle: 'Darf ein Terminal in Ihrem Namen handeln?',
    askText:
      'Ein Programm auf diesem Computer möchte sich als {person} anmelden. Es könnte hier alles öffnen, was Sie öffnen können, bis Ihre Sitzung endet.',
    askOnly: 'Fahren Sie nur fort, wenn Sie gerade selbst {command} eingegeben haben.',
    callsItself: 'Es nennt sich',
    runs: 'Wo es läuft',
    onThisComputer: 'auf diesem Computer',
    allow: 'Zulassen',
    deny: 'Nein',
    goesOn: 'Ihr Terminal wird angemeldet',
    goesOnText: 'Diese Seite geht von selbst dorthin weiter. Wenn nichts geschieht, klicken Sie.',
    denied: 'Es wurde nichts zugelassen',
    deniedText: 'Das Terminal erfährt das. Sie können diese Seite schließen.',
    goOnTo: 'Weiter zum Terminal',
    senseless: 'Dieser Link ist nicht vollständig',
    senselessText: 'Beginnen Sie neu in Ihrem Terminal, mit {command}. Das öffnet die richtige Seite.',
    deviceTitle: 'Ein Terminal anmelden',
    deviceText:
      'Geben Sie den Code ein, den Ihr eigenes Terminal anzeigt. Sie sehen, was anfragt, bevor etwas zugelassen wird.',
    deviceWarning:
      'Hat Ihnen jemand einen Code geschickt oder am Telefon gesagt? Dann will diese Person in Ihrem Namen hinein.',
    closePage: 'Schließen Sie diese Seite.',
    code: 'Code',
    faults: {
      wrong:
        'Dieser Code gilt nicht. Codes gelten fünf Minuten lang und nur einmal: Ist es der, den Ihr Terminal jetzt anzeigt?',
      'too-many':
        'Das waren zu viele Versuche. Warten Sie fünf Minuten, und lassen Sie sich vom Terminal einen neuen Code anzeigen.',
    },
    deviceAskTitle: 'Darf dieses Terminal in Ihrem Namen handeln?',
    deviceAskText:
      'Es möchte sich als {person} anmelden und könnte hier alles öffnen, was Sie öffnen können, bis Ihre Sitzung endet.',
    deviceAskOnly:
      'Fahren Sie nur fort, wenn der Code auf einem Bildschirm von Ihnen steht und Sie das dort selbst begonnen haben.',
    asksFrom: 'Es fragt an von',
    youAreAt: 'Sie sind bei',
    asked: 'Angefragt',
    notKnown: 'nicht bekannt',
    elsewhere:
      'Es fragt von einer anderen Adresse als Ihrer an. Richtig ist das nur bei einem Server, der weit weg steht.',
    loggedIn: 'Ihr Terminal ist angemeldet',
    loggedInText: 'Es macht in wenigen Sekunden weiter. Sie können diese Seite schließen.',
    off: 'Codes von Terminals sind hier nicht vorgesehen',
    offText: 'Starten Sie {command} auf dem Computer, auf dem Ihr Browser läuft.',
  },

  key: {
    useTitle: 'Verwenden Sie Ihren Sicherheitsschlüssel',
    useForAnother:
      'Bevor ein weiterer Schlüssel hinzukommt, bestätigt einer, den Sie schon haben, dass Sie es wirklich sind.',
    useText: 'Ihr Schlüssel bestätigt, dass Sie es wirklich sind.',
    useFor:
      '{application} verlangt Ihren Sicherheitsschlüssel, damit niemand allein mit Ihrer Anmeldung hineinkommt.',
    use: 'Meinen Schlüssel verwenden',
    addTitle: 'Sicherheitsschlüssel hinzufügen',
    addAnotherTitle: 'Weiteren Sicherheitsschlüssel hinzufügen',
    addText: 'Danach öffnen sich mit ihm die Anwendungen, die einen Schlüssel verlangen.',
    addAnotherText:
      'Mit einem zweiten Schlüssel sind Sie nicht ausgesperrt, wenn Sie den ersten verlieren. Bewahren Sie ihn anderswo auf.',
    addFor: '{application} verlangt einen Sicherheitsschlüssel, und Sie haben hier noch keinen.',
    name: 'Wie nennen Sie ihn?',
    nameHint: 'Nur für Sie, zum Beispiel „blau, am Schlüsselbund“.',
    add: 'Diesen Schlüssel hinzufügen',
    howTo: [
      'Stecken Sie den Schlüssel ein, oder halten Sie ihn an Ihr Telefon.',
      'Geben Sie die PIN des Schlüssels ein, wenn Sie danach gefragt werden.',
      'Berühren Sie den Schlüssel, wenn er blinkt.',
    ],
    states: {
      unscripted:
        'Schlüssel brauchen JavaScript; das ist in diesem Browser ausgeschaltet oder wurde nicht geladen.',
      ready: 'Halten Sie den Schlüssel bereit.',
      waiting: 'Ihr Browser fragt jetzt nach dem Schlüssel.',
      sent: 'Danke. Einen Moment.',
      cancelled:
        'Es hat nicht geklappt: Es wurde abgebrochen, oder der Schlüssel hat noch keine PIN. Versuchen Sie es noch einmal, wenn Sie so weit sind.',
      late: 'Die Zeit ist abgelaufen, bevor ein Schlüssel berührt wurde. Versuchen Sie es noch einmal, wenn Sie ihn zur Hand haben.',
      known: 'Dieser Schlüssel gehört Ihnen schon. Nehmen Sie einen anderen.',
      unsupported:
        'Dieser Browser kann keine Sicherheitsschlüssel verwenden. Öffnen Sie diese Seite in Firefox, Chrome, Edge oder Safari, und nicht innerhalb einer anderen App.',
    },
    noKey:
      'Kein Schlüssel zur Hand? Jeder andere von Ihren geht auch. Haben Sie ihn verloren? Sagen Sie es dem Betreiber dieses Dienstes: Er kann Sie einen neuen hinzufügen lassen.',
    notNow: 'Jetzt nicht',
    added: 'Der Schlüssel wurde hinzugefügt.',
    addSecond:
      'Fügen Sie gleich einen zweiten hinzu, damit Sie nicht ausgesperrt sind, wenn Sie den ersten verlieren.',
    none: 'Es gibt noch keinen.',
    list: 'Ihre Schlüssel',
    addFirst: 'Schlüssel hinzufügen',
    addAnother: 'Weiteren Schlüssel hinzufügen',
    removeFirst: 'Um einen Schlüssel zu entfernen, {link}.',
    removeFirstLink: 'verwenden Sie zuerst einen von Ihren',
    byInvitation:
      'Schlüssel werden auf Einladung hinzugefügt. Bitten Sie den Betreiber dieses Dienstes um eine.',
    addedOn: 'hinzugefügt am {day}',
    unused: 'noch nicht verwendet',
    lastUsed: 'zuletzt verwendet am {day}',
    badMake: 'Schlüssel dieses Modells werden nicht mehr angenommen.',
    remove: 'Entfernen',
    onlyKey:
      'Hier gibt es Seiten, die einen Schlüssel von Ihnen verlangen; deshalb können Sie den einzigen nicht entfernen: Fügen Sie zuerst einen weiteren hinzu. Auch der Betreiber dieses Dienstes kann ihn entfernen.',
    removeOnly: 'Meinen einzigen Schlüssel entfernen',
    removeNamed: '{name} entfernen',
    removed: 'Der Schlüssel wurde entfernt',
    removedText: 'Zur Sicherheit wurden Sie überall abgemeldet.',
  },

  passkey: {
    useTitle: 'Mit Passkey anmelden',
    useText:
      'Ihr Browser fragt nach Ihrem Fingerabdruck, Ihrem Gesicht oder der PIN dieses Geräts. Ein Passwort gibt es nicht.',
    makeTitle: 'Erstellen Sie Ihren Passkey',
    makeText:
      'Sie wurden als {email} eingeladen. Mit einem Passkey melden Sie sich per Fingerabdruck, Gesicht oder PIN Ihres Geräts an, ohne Passwort.',
    goodUntil: 'Er gilt bis {day}.',
    notYou:
      'Ist das nicht Ihre Adresse? Schließen Sie diese Seite, und sagen Sie es der Person, die Ihnen den Link geschickt hat.',
    name: 'Wie nennen Sie ihn?',
    nameHint: 'Zum Beispiel nach dem Gerät, an dem Sie gerade sind: „Telefon“.',
    make: 'Passkey erstellen',
    states: {
      unscripted:
        'Passkeys brauchen JavaScript; das ist in diesem Browser ausgeschaltet oder wurde nicht geladen.',
      ready: 'Es dauert nur einen Moment.',
      waiting: 'Ihr Browser fragt jetzt nach dem Passkey.',
      sent: 'Danke. Einen Moment.',
      cancelled:
        'Es hat nicht geklappt: Es wurde abgebrochen, oder auf diesem Gerät gibt es keinen Passkey für diese Seite. Versuchen Sie es noch einmal, wenn Sie so weit sind.',
      late: 'Die Zeit ist abgelaufen. Versuchen Sie es noch einmal, wenn Sie so weit sind.',
      known: 'Dieses Gerät hat schon einen Passkey von Ihnen für diese Seite.',
      unsupported:
        'Dieser Browser kann keine Passkeys verwenden. Öffnen Sie diese Seite in Firefox, Chrome, Edge oder Safari, und nicht innerhalb einer anderen App.',
    },
    added: 'Ihr Passkey ist bereit',
    addedText: 'Er meldet Sie als {email} an. Probieren Sie ihn gleich aus.',
    none: 'Es gibt keinen.',
    otherWay:
      'Passkeys sieht, wer sich mit einem angemeldet hat, und Sie haben sich auf andere Weise angemeldet.',
    onlyOne: 'Den einzigen, mit dem Sie sich anmelden können, können Sie nicht entfernen.',
    removeFirst: 'Um einen Passkey zu entfernen, {link}.',
    removeFirstLink: 'melden Sie sich zuerst mit einem von Ihren an',
    anotherDevice:
      'Für ein weiteres Gerät bitten Sie den Betreiber dieses Dienstes um eine Einladung. Telefone und Computer eines Herstellers teilen Passkeys oft von selbst.',
    madeOn: 'erstellt am {day}',
    goodTo: 'gilt bis {day}',
    ended: 'abgelaufen am {day}',
    over: 'Mit ihm meldet sich niemand mehr an.',
    removed: 'Der Passkey wurde entfernt',
    removedText:
      'Zur Sicherheit wurden Sie überall abgemeldet. Ihr Gerät behält seine Hälfte davon: Löschen Sie ihn dort, damit er Ihnen nicht mehr angeboten wird.',
  },

  cookies: {
    cookies: 'Cookies',
    largest: 'Die größten',
    more: 'und {count} weitere',
    nameless: '(ohne Namen)',
    bytes: '{count} Bytes',
    delete: 'Diese Cookies löschen',
    title: 'Cookies dieser Website',
    tooMany:
      'Diese Website und ihre Nachbarn haben in Ihrem Browser mehr Cookies hinterlassen, als weitergegeben werden können.',
    fine: 'Ihr Browser sendet nicht zu viele Cookies hierher.',
  },

  keptForm: {
    title: 'Abschicken, was Sie geschrieben haben?',
    text: 'Ihre Anmeldung war abgelaufen, als Sie dies abgeschickt haben, und Sie haben sich wieder angemeldet. Es wird einmal abgeschickt, so wie Sie es geschrieben haben, wenn Sie auf den Knopf drücken.',
    send: 'Jetzt abschicken',
    discard: 'Verwerfen',
    to: 'Geschickt an',
    size: 'Größe',
    until: 'Aufbewahrt bis',
    toApplication: 'Weiter zu {application}',
    gone: {
      title: 'Es gibt nichts abzuschicken',
      text: 'Was Sie geschrieben haben, ist nicht hier: Es wurde schon abgeschickt oder verworfen, ist älter als eine Stunde, oder ein späteres Formular steht an seiner Stelle. Vielleicht hat Ihr Browser es noch: Gehen Sie zurück zu der Seite, von der Sie es abgeschickt haben.',
    },
    another: {
      title: 'Das war von jemand anderem',
      text: 'Jemand mit einem anderen Konto hat geschrieben, was hier aufbewahrt war. Es wurde verworfen und nicht abgeschickt.',
    },
    elsewhere: {
      title: 'Das kann nicht mehr abgeschickt werden',
      text: 'Unter dieser Adresse ist jetzt eine andere Anwendung als die, für die Sie es geschrieben haben. Es wurde verworfen und nicht abgeschickt.',
    },
    discarded: {
      title: 'Es wurde verworfen',
      text: 'Was Sie geschrieben haben, wurde nicht abgeschickt, und nichts davon wird aufbewahrt.',
    },
  },

  popUp: {
    loggedIn: {
      title: 'Sie sind angemeldet',
      text: 'Sie können dieses Fenster schließen und dort weitermachen, wo Sie waren.',
    },
    notLoggedIn: {
      title: 'Sie sind nicht angemeldet',
      text: 'Melden Sie sich an, dann schließt sich dieses Fenster von selbst.',
    },
  },

  access: {
    askLink: 'Zugriff anfragen',
    below: '{application}, unterhalb von {path}',
    minutes: { one: '{count} Minute', other: '{count} Minuten' },
    hours: { one: '{count} Stunde', other: '{count} Stunden' },
    days: { one: '{count} Tag', other: '{count} Tage' },
    ask: {
      lead: 'Sie können für eine begrenzte Zeit Zugriff auf {what} anfragen. Darüber entscheidet, wer ihn geben darf.',
      purpose: 'Wofür brauchen Sie ihn?',
      hint: 'Ein oder zwei Sätze, höchstens {count} Zeichen, ohne Links.',
      optional: 'Diese Angabe ist freiwillig.',
      duration: 'Für wie lange?',
      send: 'Anfragen',
      noPurpose: 'Sagen Sie, wofür Sie ihn brauchen.',
      tooLong: 'Das ist länger als {count} Zeichen.',
    },
    asked: {
      title: 'Ihre Anfrage ist gestellt',
      byMail:
        'Wer entscheidet, hat eine E-Mail bekommen. Sobald entschieden ist, bekommen auch Sie eine; Sie können außerdem hier nachsehen.',
      byHand:
        'Wer entscheidet, sieht Ihre Anfrage auf einer eigenen Seite. Sagen Sie Bescheid, damit dort nachgesehen wird.',
      again:
        'Für diese Anwendung können Sie wieder anfragen, wenn geantwortet wurde oder Ihre Anfrage von selbst abgelaufen ist.',
      since: 'Gestellt',
      until: 'Läuft von selbst ab',
      why: 'Warum',
      look: 'Noch einmal nachsehen',
    },
    full: {
      title: 'Bitte warten Sie',
      text: 'Es sind so viele Anfragen offen, dass keine weitere angenommen werden kann. Wenden Sie sich an den Betreiber dieser Anwendung, oder versuchen Sie es später.',
    },
    nothing: {
      title: 'Hier gibt es nichts anzufragen',
      text: 'Vielleicht haben Sie schon Zugriff, oder er lässt sich hier nicht anfragen.',
      open: 'Öffnen',
    },
    approvals: {
      title: 'Wer Zugriff anfragt',
      lead: 'Geben Sie ihn nur Menschen, die Sie kennen, und für etwas, das Sie verstehen. Er läuft von selbst ab.',
      none: 'Es gibt keine offenen Anfragen.',
      list: 'Anfragen',
      wants: '{what}, für {duration}',
      noPurpose: 'Ein Grund wurde nicht genannt.',
      given: 'Zugriff, der gegeben wurde',
      until: '{what}, bis {time}',
      by: 'gegeben von: {who}',
      give: 'Zugriff geben',
      refuse: 'Ablehnen',
      end: 'Beenden',
      about: '{action}: {who}, {what}',
      here: 'die Anfrage aus Ihrer E-Mail',
    },
    outcomes: {
      given: 'Der Zugriff wurde gegeben.',
      refused: 'Sie haben abgelehnt.',
      gone: 'Diese Anfrage ist erledigt: Jemand hat geantwortet, oder sie ist von selbst abgelaufen.',
      own: 'Das ist Ihre eigene Anfrage. Jemand anderes muss darüber entscheiden.',
      notTheirs: 'Darüber entscheiden andere.',
      stepUp: 'Vielleicht gibt es mehr für Sie zu entscheiden: Dafür ist zuerst ein weiterer Schritt nötig.',
      otherLogin: 'Darüber entscheiden Sie mit einer anderen Anmeldung als der jetzigen.',
      ended: 'Es ist beendet.',
    },
  },

  denial: {
    nobody: 'Das ist für Sie nicht offen, und eine Anmeldung würde daran nichts ändern.',
    missing: 'Es fehlt: {what}.',
    rule: 'Der Grund: {reason}.',
    or: '{first} oder {last}',
    and: '{first} und außerdem {last}',
    either: '{first}; oder {last}',
    other: 'etwas anderes',
    lacks: {
      address: 'eine andere Adresse als Ihre',
      confirmed_address: 'eine E-Mail-Adresse, die Ihr Anmeldedienst bestätigt hat',
      group: 'eine Gruppe, zu der Ihr Konto nicht gehört',
      group_out: 'ein Konto außerhalb einer Gruppe, zu der Ihres gehört',
      known_group: 'eine Gruppe, wobei Ihr Anmeldedienst nicht sagt, zu welchen Sie gehören',
      claim: 'etwas anderes in dem, was Ihr Anmeldedienst über Ihr Konto sagt',
      login_method: 'eine Anmeldung auf andere Art',
      auth_method: 'eine Anmeldung mit einem anderen Nachweis, wer Sie sind',
      network: 'ein anderes Netz als das, aus dem Sie kommen',
      country: 'ein anderes Land als das, aus dem Sie kommen',
      time: 'ein anderer Tag oder eine andere Uhrzeit',
      method: 'eine Anfrage anderer Art, etwa eine, die nur liest',
      grant: 'Zugriff auf Zeit, den jemand gibt',
      program: 'das Token eines Programms, denn das hier ist nicht für Menschen',
    },
  },

  refusals: {
    notGiven: {
      title: noAccess,
      text: 'Ihr Konto ist hierfür nicht freigegeben.',
      hint: askWhoRunsIt,
    },
    ruleSaysNo: {
      title: noAccess,
      text: 'Eine Regel dieser Anwendung lässt diese Anfrage nicht zu.',
      hint: askWhoRunsIt,
    },
    accessEnded: {
      title: noAccess,
      text: 'Ihr Zugriff endete, während die Anwendung noch arbeitete.',
      hint: askWhoRunsIt,
    },
    uncheckable: {
      title: 'Ihr Zugriff ließ sich nicht prüfen',
      text: 'Beim Prüfen Ihres Zugriffs ist etwas schiefgegangen; deshalb wurde niemand hineingelassen. Bitte versuchen Sie es noch einmal.',
      hint: tellWhoRunsIt,
    },
    login: {
      title: 'Bitte melden Sie sich an',
      text: 'Sie sind hier nicht angemeldet, oder Ihre Anmeldung ist abgelaufen.',
      hint: sendAgain,
    },
    formKept: {
      title: 'Bitte melden Sie sich noch einmal an',
      text: 'Ihre Anmeldung war abgelaufen, als Sie dies abgeschickt haben. Nichts ist verloren: Was Sie geschrieben haben, wird eine Stunde lang aufbewahrt, und Sie können es nach der Anmeldung abschicken.',
      hint: null,
    },
    formTooLarge: {
      title: 'Bitte melden Sie sich zuerst an',
      text: 'Ihre Anmeldung war abgelaufen, als Sie dies abgeschickt haben, und es ist zu groß, um so lange aufbewahrt zu werden.',
      hint: 'Melden Sie sich in einem neuen Tab an. Kommen Sie dann hierher zurück, gehen Sie zurück zu der Seite, von der Sie es abgeschickt haben, und schicken Sie es noch einmal ab: Die meisten Browser haben noch, was Sie geschrieben haben.',
    },
    securityKey: {
      title: 'Ihren Sicherheitsschlüssel, bitte',
      text: 'Dieser Teil verlangt einen Sicherheitsschlüssel. Melden Sie sich wieder an, und verwenden Sie Ihren.',
      hint: sendAgain,
    },
    freshLogin: {
      title: 'Bitte melden Sie sich noch einmal an',
      text: 'Dieser Teil verlangt eine Anmeldung von eben, und Ihre ist eine Weile her.',
      hint: sendAgain,
    },
    loginFailed: {
      title: 'Die Anmeldung wurde nicht abgeschlossen',
      text: 'Niemand wurde angemeldet. Bitte beginnen Sie neu bei der Seite, die Sie sehen wollten.',
      hint: null,
    },
    badToken: {
      title: 'Dieses Token gilt hier nicht',
      text: 'Das Programm hat ein Token gesendet, das hierfür nicht gilt; deshalb wurde nichts durchgelassen.',
      hint: null,
    },
    foreignHandshake: {
      title: otherSite,
      text: 'Eine andere Website wollte in Ihrem Namen eine Verbindung zu dieser Anwendung öffnen. Das wurde verhindert.',
      hint: null,
    },
    foreignForm: {
      title: otherSite,
      text: 'Eine andere Website wollte das in Ihrem Namen tun. Das wurde verhindert, und nichts hat sich geändert.',
      hint: null,
    },
    senseless: {
      title: 'Diese Adresse lässt sich nicht öffnen',
      text: 'Sie ließe sich auf mehr als eine Weise lesen, oder ein Teil des Gesendeten ist fehlerhaft; deshalb wurde sie nicht weitergegeben. Bitte geben Sie sie neu ein. Ein Link, der immer hierher führt, ist fehlerhaft: Sagen Sie es der Person, von der er stammt.',
      hint: null,
    },
    nothingHere: {
      title: 'Diese Seite gibt es nicht',
      text: 'Unter dieser Adresse ist nichts. Bitte prüfen Sie sie auf Tippfehler, oder beginnen Sie bei Ihren Anwendungen.',
      hint: null,
    },
    unknownHost: {
      title: 'Unter dieser Adresse gibt es keine Anwendung',
      text: 'Den Namen in der Adresse kennt dieser Dienst nicht. Bitte prüfen Sie ihn auf Tippfehler. Wenn er stimmt, heißt die Anwendung inzwischen anders oder ist noch nicht eingerichtet.',
      hint: 'Wenn sie hier sein sollte, melden Sie dem Betreiber dieses Dienstes die Vorgangsnummer unten.',
    },
    notThisWay: {
      title: 'Das geht hier nicht',
      text: 'Die Adresse stimmt, aber was von ihr verlangt wurde, ist nicht möglich.',
      hint: null,
    },
    notOnOffer: {
      title: 'Das ist hier nicht möglich',
      text: 'Die Anfrage verwendet etwas, das dieser Dienst nicht kann.',
      hint: null,
    },
    tooLarge: {
      title: 'Das ist zu groß',
      text: 'Was gesendet wurde, ist größer, als hier erlaubt ist.',
      hint: null,
    },
    tooLong: { title: 'Die Adresse ist zu lang', text: 'Bitte verwenden Sie eine kürzere.', hint: null },
    tooMuch: {
      title: 'Ihr Browser hat zu viel gesendet',
      text: 'Meist hilft es, die Cookies dieser Website zu löschen.',
      hint: null,
    },
    cookies: {
      title: 'Zu viele Cookies',
      text: 'Diese Website und ihre Nachbarn haben in Ihrem Browser mehr Cookies hinterlassen, als weitergegeben werden können.',
      hint: 'Wenn Sie sie hier löschen, werden Sie vielleicht bei einigen Anwendungen abgemeldet; sonst ändert sich nichts. Kommen sie immer wieder, nennen Sie dem Betreiber dieses Dienstes ihre Namen.',
    },
    tooSlow: {
      title: 'Das hat zu lange gedauert',
      text: 'Die Anfrage ist nicht rechtzeitig angekommen. Bitte versuchen Sie es noch einmal.',
      hint: null,
    },
    loop: {
      title: 'Die Anwendung ist nicht richtig eingerichtet',
      text: 'Was zu ihr führen sollte, führt hierher zurück. Wer sie betreibt, findet den Grund im Protokoll.',
      hint: tellWhoRunsIt,
    },
    noAnswer: {
      title: 'Die Anwendung antwortet nicht',
      text: 'Sie sind hier richtig, aber die Anwendung läuft nicht oder ist nicht erreichbar. Bitte versuchen Sie es gleich noch einmal.',
      hint: tellWhoRunsIt,
    },
    brokenAnswer: {
      title: 'Die Anwendung hat fehlerhaft geantwortet',
      text: 'Sie sind hier richtig, aber was die Anwendung gesendet hat, ließ sich nicht weitergeben.',
      hint: tellWhoRunsIt,
    },
    slowAnswer: {
      title: 'Die Anwendung ist zu langsam',
      text: 'Sie hat nicht rechtzeitig geantwortet. Bitte versuchen Sie es gleich noch einmal.',
      hint: tellWhoRunsIt,
    },
    busy: {
      title: 'Die Anwendung ist ausgelastet',
      text: 'Zu viele Leute fragen auf einmal. Bitte versuchen Sie es gleich noch einmal.',
      hint: tellWhoRunsIt,
    },
    maintenance: {
      title: 'Hier wird gearbeitet',
      text: 'Sie haben Zugriff auf diese Anwendung; sie ist eine Weile geschlossen, weil an ihr gearbeitet wird. Bitte kommen Sie später wieder.',
      hint: null,
    },
    noStore: {
      title: 'Wir können nicht prüfen, wer Sie sind',
      text: 'Anmeldungen lassen sich gerade nicht nachschlagen. Bitte versuchen Sie es gleich noch einmal.',
      hint: tellWhoRunsIt,
    },
    noProvider: {
      title: 'Der Anmeldedienst antwortet nicht',
      text: 'Gerade kann sich niemand anmelden. Wer schon angemeldet ist, kann weitermachen.',
      hint: tellWhoRunsIt,
    },
    unexpected: {
      title: 'Bei uns ist etwas schiefgegangen',
      text: 'Es liegt nicht an Ihnen. Bitte versuchen Sie es gleich noch einmal.',
      hint: tellWhoRunsIt,
    },
  },
  logInInNewTab: 'In einem neuen Tab anmelden',

  reasons: {
    'token-invalid': 'das Token gilt nicht (mehr)',
    'token-expired': 'das Token oder dieses Geheimnis davon ist abgelaufen',
    'token-in-url':
      'ein Token gehört nicht in eine Adresse, wo es mitgeschrieben wird: Es gehört in ein Kopffeld',
    'token-elsewhere': 'das Token ist für andere Anwendungen',
    'credentials-ambiguous':
      'die Anfrage sagt auf mehr als eine Weise, wer sie sendet: ein Token neben einer Anmeldung, oder zwei Token',
    'too-many-attempts': 'von dieser Adresse kamen zu viele falsche Token: Bitte warten',
    'logout-unconfirmed':
      'hier wird gefragt, bevor jemand abgemeldet wird: `logout_url` muss als Seite geöffnet werden',
    'method-not-allowed': 'die Seite von bouncer kennt andere Methoden',
    'check-unclear':
      'der Server davor sagt nicht oder auf mehr als eine Weise, nach welcher Anfrage er fragt',
    'identity-claimed': 'ein Kopffeld behauptet eine Identität, die der Server davor weitergeben würde',
    'malformed-request': 'die Anfrage ist kein HTTP',
    'request-timeout': 'die Anfrage ist nicht rechtzeitig angekommen',
    'version-unsupported': 'diese Version von HTTP wird nicht unterstützt',
    'method-unknown': 'diese Methode ist nicht bekannt',
    'method-refused': 'diese Methode ist nicht erlaubt',
    'url-too-long': 'die Adresse ist zu lang',
    'headers-too-many': 'die Anfrage hat zu viele Kopffelder',
    'headers-too-large': 'die Kopffelder der Anfrage sind zu groß',
    'header-name-invalid': 'ein Kopffeld hat einen ungültigen Namen',
    'header-name-disguised': 'ein Kopffeld ahmt eines nach, das die Nachricht begrenzt',
    'method-overridden': 'ein Kopffeld nennt eine andere Methode als die, die die Regeln prüfen',
    'header-value-invalid': 'ein Kopffeld hat einen ungültigen Wert',
    'header-repeated': 'ein Kopffeld, das nur einmal stehen darf, steht mehrmals',
    'host-missing': 'die Anfrage nennt keinen Host',
    'host-repeated': 'die Anfrage nennt mehr als einen Host',
    'host-invalid': 'der Host der Anfrage ist ungültig',
    'expectation-unknown': 'die Erwartung der Anfrage lässt sich nicht erfüllen',
    'upgrade-refused': 'die Anwendung wechselt nicht zu diesem Protokoll',
    'websocket-invalid': 'der Aufbau des WebSockets ist ungültig',
    'body-too-large': 'der Inhalt der Anfrage ist zu groß',
    'chunk-extensions-too-large': 'die Stücke des Inhalts tragen zu viel neben ihm',
    'content-length-invalid': 'die Länge des Inhalts ist keine einfache Zahl',
    'content-length-repeated': 'die Länge des Inhalts steht mehrmals da',
    'transfer-encoding-invalid': 'die Übertragungscodierung des Inhalts wird nicht unterstützt',
    'framing-ambiguous': 'das Ende des Inhalts ist auf zwei Arten angegeben',
    'upgrade-with-body': 'eine Anfrage, die das Protokoll wechselt, darf keinen Inhalt haben',
    'target-not-path': 'die Adresse der Anfrage ist kein Pfad',
    'target-foreign': 'die Adresse der Anfrage nennt einen anderen Host',
    'target-fragment': 'die Adresse der Anfrage hat ein Fragment',
    'target-character': 'die Adresse der Anfrage enthält ein Zeichen, das nicht erlaubt ist',
    'destination-invalid': 'das Ziel der Anfrage ist keine Adresse hier',
    'path-encoding': 'der Pfad der Anfrage ist nicht richtig codiert',
    'path-control': 'der Pfad der Anfrage enthält ein codiertes Steuerzeichen',
    'path-above-root': 'der Pfad der Anfrage führt über seine Wurzel hinaus',
    'path-ambiguous': 'der Pfad der Anfrage lässt sich auf mehr als eine Weise lesen',
    connection_login:
      'die Anwendung meldet die Verbindung an (NTLM, Negotiate), was nur über HTTP/1.1 ohne weiteren Proxy vor bouncer geht',
  },

  emailFaults: {
    'email-missing':
      'Der Dienst, mit dem Sie sich angemeldet haben, hat keine E-Mail-Adresse gesendet (email-missing).',
    'email-malformed':
      'Die E-Mail-Adresse, die Ihr Anmeldedienst gesendet hat, ist nicht verwendbar; deshalb zählt sie hier nicht (email-malformed).',
    'email-not-verified':
      'Der Dienst, mit dem Sie sich angemeldet haben, sagt nicht, dass Ihre E-Mail-Adresse geprüft wurde; deshalb zählt sie hier nicht (email-not-verified).',
    'email-outside-provider':
      'Der Dienst, mit dem Sie sich angemeldet haben, ist für Ihre E-Mail-Adresse nicht zuständig; deshalb zählt sie hier nicht (email-outside-provider).',
  },

  problems: {
    'bad-request': {
      title: 'Dieser Anmeldelink funktioniert nicht',
      text: 'Die Adresse ist unvollständig oder wurde unterwegs verändert. Beginnen Sie neu bei der Seite, die Sie sehen wollten.',
      button: 'Neu beginnen',
    },
    'unknown-provider': {
      title: 'Diesen Weg gibt es nicht mehr',
      text: 'Der Anmeldedienst in diesem Link wird hier nicht mehr verwendet. Sie können einen anderen wählen.',
      button: 'Wege zum Anmelden ansehen',
    },
    expired: {
      title: 'Diese Anmeldung ist abgelaufen',
      text: 'Eine Anmeldung muss in wenigen Minuten abgeschlossen sein, und diese war es nicht. Nichts ist verloren: Melden Sie sich einfach noch einmal an.',
      button: 'Noch einmal anmelden',
    },
    'already-used': {
      title: 'Diese Anmeldung wurde schon verwendet',
      text: 'Jeder Anmeldelink gilt einmal. Das kommt vor, wenn man zurückgeht oder eine Seite neu lädt. Gut möglich, dass Sie schon angemeldet sind.',
      button: 'Weiter',
    },
    'other-browser': {
      title: 'Diese Anmeldung hat anderswo begonnen',
      text: 'Sie wurde in einem anderen Browser begonnen, oder dieser Browser hat ihr Cookie nicht behalten. Zu Ihrem Schutz lässt sie sich hier nicht abschließen. Beginnen Sie neu, und erlauben Sie Cookies für diese Website.',
      button: 'Hier anmelden',
    },
    'other-person': {
      title: 'Das war ein anderes Konto',
      text: 'Das Token ist für das Konto, das hier angemeldet ist; Ihr Anmeldedienst hat aber ein anderes geschickt. Es wurde nichts erstellt. Wählen Sie dort dasselbe Konto.',
      button: 'Zurück zu Ihren Token',
    },
    'refused-by-provider': {
      title: 'Die Anmeldung wurde nicht abgeschlossen',
      text: 'Der Anmeldedienst hat abgelehnt, oder Sie sind vor dem Ende zurückgegangen. Sie können es noch einmal versuchen oder dort ein anderes Konto wählen.',
      button: 'Noch einmal versuchen',
    },
    'provider-unavailable': {
      title: 'Der Anmeldedienst antwortet nicht',
      text: 'Deshalb kann sich gerade niemand anmelden. Wer schon angemeldet ist, kann weitermachen. Bitte versuchen Sie es gleich noch einmal.',
      button: 'Noch einmal versuchen',
    },
    'provider-answer-invalid': {
      title: 'Wir konnten diese Anmeldung nicht bestätigen',
      text: 'Was der Anmeldedienst gesendet hat, hat unsere Prüfung nicht bestanden; deshalb wurde niemand angemeldet. Hilft ein neuer Versuch nicht, nennen Sie dem Betreiber dieses Dienstes die Vorgangsnummer unten.',
      button: 'Noch einmal versuchen',
    },
    'hardware-key-not-confirmed': {
      title: 'Es wurde kein Sicherheitsschlüssel verwendet',
      text: 'Die Seite, die Sie sehen möchten, verlangt einen Sicherheitsschlüssel, und der Anmeldedienst hat nicht bestätigt, dass Sie einen verwendet haben. Versuchen Sie es noch einmal, und wählen Sie den Schlüssel, wenn Sie gefragt werden.',
      button: 'Mit meinem Schlüssel versuchen',
    },
    'fresh-login-not-confirmed': {
      title: 'Wir brauchen eine neue Anmeldung',
      text: 'Die Seite, die Sie sehen möchten, verlangt eine Anmeldung von eben, aber der Anmeldedienst hat Sie durchgelassen, ohne noch einmal zu fragen. Melden Sie sich dort ab, und versuchen Sie es dann noch einmal.',
      button: 'Noch einmal versuchen',
    },
    'too-many-tries': {
      title: 'Bitte warten Sie ein wenig',
      text: 'Von Ihrem Standort aus gab es viele Anmeldeversuche; deshalb werden zehn Minuten lang keine mehr angenommen. Das hat nichts mit Ihrer Adresse zu tun. Ihr neuester Code gilt bis dahin weiter.',
      button: 'Zurück',
    },
    'logout-expired': {
      title: 'Niemand wurde abgemeldet',
      text: 'Die Frage, ob Sie sich abmelden, gilt zehn Minuten; diese ist älter, oder ihre Adresse ist unvollständig. Noch hat sich nichts geändert.',
      button: 'Neu beginnen',
    },
    'person-blocked': {
      title: 'Dieses Konto kann sich hier nicht anmelden',
      text: 'Wer diesen Dienst betreibt, hat ihn für dieses Konto geschlossen. Wenn Sie das für einen Irrtum halten, fragen Sie nach, und nennen Sie die Vorgangsnummer unten.',
      button: 'Mit anderem Konto anmelden',
    },
    'too-many-failures': {
      title: 'Bitte warten Sie eine Minute',
      text: 'Viele Anmeldungen von Ihrem Standort aus oder mit diesem Anmeldedienst sind gescheitert; deshalb wurde diese nicht abgeschlossen. Mit Ihrem Konto ist alles in Ordnung.',
      button: 'Noch einmal versuchen',
    },
    'key-answer-invalid': {
      title: 'Dieser Schlüssel hat nicht richtig geantwortet',
      text: 'Nichts wurde geändert. Versuchen Sie es noch einmal: Stecken Sie den Schlüssel ein, geben Sie auf Nachfrage seine PIN ein, und berühren Sie ihn. Klappt es immer noch nicht, nennen Sie dem Betreiber dieses Dienstes die Vorgangsnummer unten.',
      button: 'Noch einmal versuchen',
    },
    'key-built-in': {
      title: 'Dieser Schlüssel ist Teil Ihres Geräts',
      text: 'Geantwortet hat Ihr Telefon oder Computer selbst. Hier wird ein eigener Sicherheitsschlüssel gebraucht: einer zum Einstecken oder Anhalten.',
      button: 'Mit anderem Schlüssel versuchen',
    },
    'key-not-bound': {
      title: 'Dieser Schlüssel lässt sich kopieren',
      text: 'Geantwortet hat ein Passkey, den Ihr Konto auf andere Geräte sichert. Hier wird ein eigener Sicherheitsschlüssel gebraucht, dessen Geheimnis ihn nie verlässt.',
      button: 'Mit anderem Schlüssel versuchen',
    },
    'key-not-known': {
      title: 'Dieser Schlüssel ist keiner von Ihren',
      text: 'Der Schlüssel, der geantwortet hat, gehört nicht zu dem Konto, mit dem Sie angemeldet sind. Verwenden Sie einen, der dazugehört, oder melden Sie sich mit dem Konto an, zu dem er gehört.',
      button: 'Mit anderem Schlüssel versuchen',
    },
    'keys-of-another-host': {
      title: 'Ihre Schlüssel sind für eine frühere Adresse dieses Dienstes',
      text: 'Dieser Dienst hat eine andere Adresse, seit Ihre Schlüssel hinzugefügt wurden, und ein Sicherheitsschlüssel antwortet nur der Adresse, für die er hinzugefügt wurde. Mit Ihrem Schlüssel ist alles in Ordnung. Bitten Sie den Betreiber dieses Dienstes, die bisherigen Einträge zu entfernen und Sie neu einzuladen; Sie können denselben Schlüssel verwenden.',
      button: 'Zurück',
    },
    'key-copied': {
      title: 'Mit diesem Schlüssel stimmt etwas nicht',
      text: 'Der Schlüssel sagt, er sei seltener verwendet worden, als wir wissen. Vielleicht gibt es eine Kopie von ihm; deshalb wurde er abgelehnt. Bitte sagen Sie es dem Betreiber dieses Dienstes, mit der Vorgangsnummer unten.',
      button: 'Mit anderem Schlüssel versuchen',
    },
    'key-make-refused': {
      title: 'Schlüssel dieses Modells werden nicht mehr angenommen',
      text: 'Der Hersteller oder die FIDO Alliance sagt, dass Schlüssel dieses Modells nicht sicher sind. Mit Ihrem Konto ist alles in Ordnung; Sie brauchen einen anderen Schlüssel. Haben Sie hier keinen anderen? Bitten Sie den Betreiber dieses Dienstes, diesen zu entfernen und Sie neu einzuladen.',
      button: 'Mit anderem Schlüssel versuchen',
    },
    'key-of-other-make': {
      title: 'Es wird eine andere Art von Schlüssel verlangt',
      text: 'Sie haben einen Sicherheitsschlüssel verwendet, und er ist in Ordnung. Diese Seite nimmt aber nur Schlüssel bestimmter Modelle, und Ihrer ist von einem anderen, oder er kam hinzu, bevor sein Modell festgestellt werden konnte. Wenn Sie einen passenden haben, verwenden Sie den. Sonst fragen Sie den Betreiber dieses Dienstes, welche Schlüssel angenommen werden.',
      button: 'Anderen Schlüssel verwenden',
    },
    'key-question-over': {
      title: 'Das hat zu lange gedauert',
      text: 'Ein Schlüssel hat zwei Minuten Zeit für seine Antwort, damit niemand eine alte verwenden kann. Es ist nichts verloren: Versuchen Sie es noch einmal, wenn Sie ihn zur Hand haben.',
      button: 'Noch einmal versuchen',
    },
    'last-key': {
      title: 'Das ist Ihr einziger Schlüssel',
      text: 'Hier gibt es Seiten, die einen Schlüssel von Ihnen verlangen, und ohne einen könnten Sie sie nicht mehr öffnen. Fügen Sie zuerst einen weiteren hinzu. Brauchen Sie diesen Dienst nicht mehr, oder darf dieser Schlüssel nicht mehr gelten? Sagen Sie es dem Betreiber: Er entfernt ihn.',
      button: 'Meine Schlüssel ansehen',
    },
    'last-passkey': {
      title: 'Das ist Ihr einziger Passkey',
      text: 'Mit ihm melden Sie sich an, und ohne ihn kämen Sie nicht zurück. Bitten Sie den Betreiber dieses Dienstes zuerst um eine Einladung für einen weiteren, oder lassen Sie ihn diesen entfernen.',
      button: 'Meine Passkeys ansehen',
    },
    'key-not-added': {
      title: 'Der Schlüssel wurde nicht hinzugefügt',
      text: 'Er ist schon hinzugefügt, oder im selben Moment kam ein anderer hinzu. Sehen Sie sich Ihre Schlüssel an.',
      button: 'Meine Schlüssel ansehen',
    },
    'key-needed-first': {
      title: 'Verwenden Sie zuerst einen Ihrer Schlüssel',
      text: 'Einen Schlüssel entfernt nur, wer einen von Ihren zur Hand hat. Verwenden Sie einen, und entfernen Sie dann den anderen.',
      button: 'Meine Schlüssel ansehen',
    },
    'no-key-enrolled': {
      title: 'Sie haben hier noch keinen Sicherheitsschlüssel',
      text: 'Diese Seite verlangt einen Sicherheitsschlüssel, und für Sie ist keiner hinterlegt. Schlüssel werden auf Einladung hinzugefügt: Bitten Sie den Betreiber dieses Dienstes um eine.',
      button: 'Zurück',
    },
    'too-many-keys': {
      title: 'Sie haben schon zehn Schlüssel',
      text: 'Mehr kann eine Person nicht haben. Entfernen Sie einen, den Sie nicht mehr verwenden.',
      button: 'Meine Schlüssel ansehen',
    },
    'invitation-over': {
      title: invitationOver,
      text: 'Eine Einladung gilt einmal und einen Tag lang. Haben Sie sie nicht selbst verwendet, sagen Sie es der Person, von der sie kam. Sonst bitten Sie um eine neue.',
      button: 'Meine Schlüssel ansehen',
    },
    'invitation-of-another': {
      title: 'Diese Einladung ist für eine andere Adresse',
      text: 'Sie ist für eine andere E-Mail-Adresse als die, mit der Sie angemeldet sind. Melden Sie sich mit jener Adresse an, oder bitten Sie um eine eigene Einladung.',
      button: 'Meine Schlüssel ansehen',
    },
    'passkey-answer-invalid': {
      title: 'Der Passkey hat Sie nicht angemeldet',
      text: 'Was Ihr Browser gesendet hat, ist keine gültige Antwort eines Passkeys für diese Seite. Beginnen Sie neu; geschieht es noch einmal, sagen Sie es dem Betreiber dieses Dienstes, mit der Vorgangsnummer unten.',
      button: 'Noch einmal versuchen',
    },
    'passkey-not-known': {
      title: 'Dieser Passkey ist hier nicht bekannt',
      text: 'Er wurde entfernt oder für eine andere Website oder zu einer anderen Zeit erstellt. Sie können ihn aus Ihrem Telefon oder Passwortmanager löschen. Passkeys werden auf Einladung erstellt: Bitten Sie den Betreiber dieses Dienstes um eine.',
      button: 'Noch einmal versuchen',
    },
    'passkey-over': {
      title: 'Die Zeit dieses Passkeys ist um',
      text: 'Er wurde für eine Weile erstellt. Wer diesen Dienst betreibt, kann Sie einladen, einen neuen zu erstellen.',
      button: 'Noch einmal versuchen',
    },
    'passkey-invitation-over': {
      title: invitationOver,
      text: 'Eine Einladung gilt einmal und einen Tag lang. Haben Sie sie nicht selbst verwendet, sagen Sie es sofort der Person, von der sie kam. Sonst bitten Sie um eine neue.',
      button: 'Zur Startseite',
    },
    'store-unavailable': {
      title: 'Anmelden ist gerade nicht möglich',
      text: 'Eine Anmeldung lässt sich im Moment nicht speichern. Es liegt nicht an Ihnen, und wer angemeldet ist, kann weitermachen. Bitte versuchen Sie es gleich noch einmal.',
      button: 'Noch einmal versuchen',
    },
  },
  chooseHow: 'Anmeldeweg wählen',
  otherWay: 'Hier gibt es mehr als einen Weg, sich anzumelden: Sie können einen anderen nehmen.',

  letters: {
    site: 'Website',
    for: 'Für',
    when: 'Wann',
    askedFor: 'Angefordert',
    with: 'Mit',
    by: 'Über',
    doneBy: 'Durch',
    address: 'Adresse',
    key: 'Schlüssel',
    operator: 'Betreiber dieser Website',
    code: {
      subject: 'Ihr Code für {name}',
      title: '{pin} ist Ihr Code zum Anmelden bei {name}.',
      longer: 'Er ist länger als sonst, weil jemand Codes ausprobiert hat.',
      typeIt:
        'Geben Sie ihn auf der Seite ein, die danach gefragt hat. Er gilt {minutes} Minuten lang und nur einmal.',
      never:
        'Geben Sie ihn niemandem, auch niemandem, der sich als {site} ausgibt: Wer ihn hat, kann sich als Sie anmelden.',
      closing:
        'Sie haben ihn nicht angefordert? Dann ist nichts zu tun: Ohne diesen Code kommt niemand hinein.',
    },
    share: {
      subject: '{who} teilt eine Seite mit Ihnen',
      title: '{who} teilt eine Seite vom eigenen Rechner mit Ihnen.',
      open: 'Die Adresse steht unten: Öffnen Sie sie im Browser, und melden Sie sich als {email} an. Nur wen {who} genannt hat, kann sie sehen.',
      warning:
        'Die Seite ist von der Person, die sie teilt, und nicht von {site}. Sie braucht nie ein Passwort von {site}: Fragt sie nach einem, schließen Sie sie.',
      logInAt: 'Anmeldung bei',
      until: 'Bis',
      closing: 'Sie kennen {who} nicht? Dann ist nichts zu tun und nichts zu öffnen.',
      somebody: 'Jemand mit einem Konto bei {site}',
    },
    login: {
      subject: 'Eine neue Anmeldung bei {site}',
      title: 'Jemand hat sich als Sie angemeldet, in einem Browser, von dem Sie noch nicht gehört haben.',
      wasYou: 'Waren Sie das? Dann ist nichts zu tun.',
      notYou:
        'Das waren nicht Sie? Öffnen Sie {site} wie immer, gehen Sie zu „Wo Sie angemeldet sind“, und beenden Sie, was Sie nicht kennen. Ändern Sie dann das Passwort, mit dem Sie sich anmelden, und sagen Sie es dem Betreiber der Website.',
      closing: 'Sie erhalten diese E-Mail, weil Sie es auf der Seite „Wo Sie angemeldet sind“ so wollten.',
    },
    access: {
      askSubject: '{email} fragt Zugriff auf {application} an',
      askTitle: 'Jemand fragt Zugriff auf {what} an.',
      doYouKnow:
        'Wissen Sie, wer es ist, und wofür der Zugriff gebraucht wird? Dann öffnen Sie die Anfrage, melden Sie sich an, und sagen Sie ja oder nein. Vorher wird nichts freigegeben.',
      doNothing: 'Wenn Sie die Person nicht kennen, tun Sie nichts: Die Anfrage läuft von selbst ab.',
      link: 'Die Anfrage ansehen',
      who: 'Wer',
      why: 'Warum',
      noPurpose: 'nicht angegeben',
      askClosing:
        'Sie erhalten diese E-Mail, weil die Regeln von {site} Sie unter denen nennen, die darüber entscheiden.',
      givenSubject: 'Sie haben Zugriff auf {application}',
      givenTitle: 'Sie haben Zugriff auf {what} bekommen.',
      given: 'Öffnen Sie es wie zuvor. Der Zugriff läuft von selbst ab.',
      until: 'Bis',
      refusedSubject: 'Kein Zugriff auf {application}',
      refusedTitle: 'Sie haben keinen Zugriff auf {what} bekommen.',
      refused: 'Wenn Sie ihn noch brauchen, wenden Sie sich an den Betreiber.',
      answerClosing: 'Sie erhalten diese E-Mail, weil Sie bei {site} Zugriff angefragt haben.',
    },
    keys: {
      hardware_key_enrolled: {
        subject: 'Ihrem Konto bei {site} wurde ein Sicherheitsschlüssel hinzugefügt',
        title: 'Ihrem Konto wurde ein Sicherheitsschlüssel hinzugefügt.',
        closing:
          'Das waren nicht Sie? Sagen Sie es sofort dem Betreiber dieser Website: Jemand anderes kann sich als Sie ausweisen.',
      },
      hardware_key_removed: {
        subject: 'Von Ihrem Konto bei {site} wurde ein Sicherheitsschlüssel entfernt',
        title: 'Von Ihrem Konto wurde ein Sicherheitsschlüssel entfernt, und Sie wurden überall abgemeldet.',
        closing: 'Das waren nicht Sie? Sagen Sie es sofort dem Betreiber dieser Website.',
      },
      passkey_enrolled: {
        subject: 'Ihrem Konto bei {site} wurde ein Passkey hinzugefügt',
        title: 'Ihrem Konto wurde ein Passkey hinzugefügt. Wer ihn hat, kann sich als Sie anmelden.',
        closing: 'Das waren nicht Sie? Sagen Sie es sofort dem Betreiber dieser Website.',
      },
      passkey_removed: {
        subject: 'Von Ihrem Konto bei {site} wurde ein Passkey entfernt',
        title: 'Von Ihrem Konto wurde ein Passkey entfernt, und Sie wurden überall abgemeldet.',
        closing: 'Das waren nicht Sie? Sagen Sie es sofort dem Betreiber dieser Website.',
      },
    },
  },
};
