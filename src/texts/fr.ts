// The texts in French. People are addressed as “vous”; what they are to do is an imperative, what a button does an infinitive. Before :
// ; ? ! and inside « » stands a space that does not break (U+00A0); a test looks for it.
//
// log in: se connecter, connexion; log out: se déconnecter; session: session · application: application · login service: service de
// connexion · security key: clé de sécurité; passkey: clé d’accès · token: jeton · code: code · request number: numéro de référence ·
// whoever runs this service: la personne qui gère ce service · browser: navigateur
import type { Texts } from './texts-shape.ts';

const askWhoRunsIt =
  'Si vous pensez devoir y avoir accès, adressez-vous à la personne qui gère ce service en indiquant le numéro de référence ci-dessous.';
const tellWhoRunsIt =
  'Si cela continue, indiquez le numéro de référence ci-dessous à la personne qui gère ce service.';
const sendAgain =
  'Ce que vous avez envoyé n’est pas arrivé. Connectez-vous dans un nouvel onglet, puis revenez ici et rechargez cette page : tout sera envoyé de nouveau.';
const invitationOver = 'Cette invitation n’est plus valable';
const noAccess = 'Vous n’avez pas accès';
const otherSite = 'Cela venait d’un autre site';

export const fr: Texts = {
  language: 'fr',

  common: {
    startPage: '{brand}, page d’accueil',
    requestNumber: 'Numéro de référence',
    loggedInAs: 'Connecté en tant que',
    reason: 'Motif',
    application: 'Application',
    contact: 'Contact',
    seeWhatYouCanOpen: 'Voir mes applications',
    tryAgain: 'Réessayer',
    continue: 'Continuer',
    goOn: 'Continuer',
    logIn: 'Se connecter',
    logInAgain: 'Se reconnecter',
    logInAnotherWay: 'Se connecter autrement',
    logInAsSomeoneElse: 'Utiliser un autre compte',
    logOut: 'Se déconnecter',
    onYourWayTo: 'Vous allez vers {application}.',
    yourAccount: 'Votre compte',
    yourApplications: 'Vos applications',
    whereLoggedIn: 'Où vous êtes connecté',
    programsActingAsYou: 'Programmes qui agissent en votre nom',
    yourKeys: 'Vos clés de sécurité',
    yourPasskeys: 'Vos clés d’accès',
  },

  ago: {
    justNow: 'à l’instant',
    second: { one: 'il y a {count} seconde', other: 'il y a {count} secondes' },
    minute: { one: 'il y a {count} minute', other: 'il y a {count} minutes' },
    hour: { one: 'il y a {count} heure', other: 'il y a {count} heures' },
    day: { one: 'il y a {count} jour', other: 'il y a {count} jours' },
  },

  browser: {
    unknown: 'un navigateur',
    on: '{browser} sur {system}',
    unknownOn: 'un navigateur sur {system}',
    systems: {
      iphone: 'un iPhone',
      ipad: 'un iPad',
      android: 'Android',
      windows: 'Windows',
      chromeos: 'ChromeOS',
      mac: 'un Mac',
      linux: 'Linux',
    },
  },

  ways: { email: 'Code par e-mail', passkey: 'Clé d’accès' },

  start: {
    welcome: 'Bienvenue',
    purpose:
      'Voici l’entrée des applications qui se trouvent derrière. Connectez-vous une fois, et toutes celles auxquelles vous avez accès s’ouvrent.',
    openToEverybody: 'Ouvertes à tout le monde : {applications}.',
    whoYouAre: 'Qui vous êtes',
    asksForMore: 'demande une étape de plus',
    nothing: {
      title: 'Rien n’est ouvert à ce compte',
      who: 'Vous êtes connecté en tant que {person}, et il n’y a encore rien ici pour ce compte.',
      hint: 'Si vous avez un autre compte, connectez-vous avec celui-là. Sinon, demandez à la personne qui gère ce service de donner accès à celui-ci.',
    },
  },

  chooser: {
    title: 'Se connecter',
    choose: 'Choisissez comment.',
    chooseFor: 'Vous allez vers {application}. Choisissez comment vous connecter.',
    ways: 'Façons de se connecter',
    opens: 'Ouvre {applications}',
    alsoOpens: 'Ouvre aussi {applications}',
    and: '{first} et {last}',
    more: '{count} autres',
    silent: 'ne répond pas en ce moment',
    last: 'utilisé la dernière fois',
  },

  hop: {
    title: 'Encore une étape',
    toProvider: 'Vous passez maintenant à votre service de connexion pour terminer là-bas.',
    toLogout: 'Vous passez maintenant à une page qui termine votre déconnexion.',
    loggedIn: 'Vous êtes connecté',
    toApplication: 'Vous passez maintenant à {application}.',
  },

  code: {
    addressTitle: 'Se connecter par e-mail',
    addressText:
      'Saisissez votre adresse e-mail. Vous recevez un code qui vous connecte ; il n’y a pas de mot de passe.',
    address: 'Adresse e-mail',
    sendCode: 'M’envoyer un code',
    badAddress: 'Nous ne pouvons pas écrire à cette adresse e-mail. Est-elle complète ?',
    codeTitle: 'Saisissez le code reçu par e-mail',
    onItsWay: 'Si {email} peut se connecter ici, un e-mail avec un code est en route.',
    onItsWayFor: 'Si {email} peut se connecter ici à {application}, un e-mail avec un code est en route.',
    shown: 'Ce bouncer n’envoie pas d’e-mails, il les montre : {mail}.',
    openMail: 'ouvrir les e-mails',
    again: 'Vous avez demandé plusieurs codes : seul celui du dernier e-mail fonctionne.',
    code: 'Code',
    noMail:
      'Toujours rien après une ou deux minutes ? Regardez dans les courriers indésirables, et vérifiez l’adresse : nous n’écrivons qu’aux adresses qui ont accès.',
    newCode: 'Envoyer un nouveau code',
    otherAddress: 'Utiliser une autre adresse',
    delayed:
      'Le serveur de messagerie ne répond pas pour le moment. Les codes peuvent mettre quelques minutes à arriver.',
    faults: {
      'no-code':
        'Ce code n’est pas complet. Il n’a que des chiffres : saisissez-les tous, tels qu’ils sont dans l’e-mail.',
      'used-before':
        'Quelqu’un s’est déjà connecté avec ce code : chacun fonctionne une fois. Avez-vous appuyé deux fois sur le bouton ? Demandez-en un nouveau.',
      'wrong-code':
        'Ce code n’a pas fonctionné. Vient-il du dernier e-mail ? Les codes sont valables 10 minutes, et seulement dans le navigateur qui les a demandés.',
      'used-up': 'Il y a eu trop de codes erronés. Demandez-en un nouveau, et utilisez celui-là.',
    },
  },

  mail: {
    title: 'E-mails',
    heading: 'Les e-mails de ce bouncer',
    lead: 'Ceci est un essai sur une seule machine : aucun e-mail n’est envoyé. Les {count} derniers restent ici jusqu’à l’arrêt de bouncer.',
    none: 'Il n’y a pas encore d’e-mail. Un code ne va qu’à une adresse qu’une règle nomme, ou dont elle nomme le domaine : si rien n’arrive, le journal dit {event} et pourquoi.',
    gone: 'Cet e-mail n’est plus conservé.',
    to: 'À {email}, {ago}',
    letter: 'E-mail',
    asHtml: 'L’e-mail en HTML',
    asText: 'La même chose en texte',
    look: 'Voir s’il y a de nouveaux e-mails',
    others: 'Autres e-mails',
    all: 'Tous les e-mails',
  },

  stepUp: {
    keyTitle: 'Votre clé de sécurité, s’il vous plaît',
    loginTitle: 'Connectez-vous encore une fois',
    asks: '{place} demande {wish}.',
    here: 'Ce que vous voulez voir',
    part: 'La partie de {application} que vous voulez voir',
    newLogin: 'une nouvelle connexion',
    loginWithin: 'une connexion {within}, et la vôtre est plus ancienne',
    key: 'une clé de sécurité',
    keyWithin: 'une clé de sécurité utilisée {within}',
    within: {
      day: { one: 'au cours du dernier jour', other: 'au cours des {count} derniers jours' },
      hour: { one: 'au cours de la dernière heure', other: 'au cours des {count} dernières heures' },
      minute: { one: 'au cours de la dernière minute', other: 'au cours des {count} dernières minutes' },
      second: { one: 'au cours de la dernière seconde', other: 'au cours des {count} dernières secondes' },
    },
    keyNext:
      '{provider} vous la demande ensuite. Choisissez-y la clé si vous avez le choix ; puis vous revenez là où vous alliez.',
    loginNext: '{provider} vous demande ensuite qui vous êtes ; puis vous revenez là où vous alliez.',
    stay: 'Pendant ce temps, vous restez connecté pour tout le reste.',
    goOnTo: 'Continuer vers {provider}',
  },

  logout: {
    done: 'Vous êtes déconnecté',
    everywhere: 'Partout ici, dans ce navigateur.',
    providerGoesOn:
      'Votre connexion à {provider} continue : la prochaine personne qui utilise ce navigateur peut revenir sans mot de passe. Sur un ordinateur partagé, déconnectez-vous aussi là-bas, et fermez le navigateur.',
    provider:
      'Sur un ordinateur partagé, vérifiez que vous êtes aussi déconnecté de {provider}, et fermez le navigateur.',
    providers:
      'Sur un ordinateur partagé, vérifiez que vous êtes aussi déconnecté de votre service de connexion, et fermez le navigateur.',
    doneHere: 'Vous êtes déconnecté ici',
    hereOnly:
      'Personne n’est connecté ici dans ce navigateur. D’autres applications peuvent encore vous reconnaître.',
    logOutEverywhere: 'Se déconnecter partout',
    half: {
      ended: 'Votre session est terminée ici, dans ce navigateur et partout où elle a servi.',
      unwritten:
        'Cela n’a pas encore pu être enregistré, car le stockage derrière cette page n’accepte rien pour le moment. Un nouvel essai a lieu chaque seconde ; en cas de doute, prévenez la personne qui gère ce site, avec le numéro ci-dessous.',
      provider:
        'Votre compte reste connecté auprès du service de connexion. Sur un ordinateur partagé, déconnectez-vous aussi là-bas, et fermez le navigateur.',
    },
    question: 'Se déconnecter ?',
    ends: 'Votre session se termine ainsi pour toutes les applications d’ici.',
    endsFor:
      'Vous êtes connecté en tant que {person}. La déconnexion y met fin pour toutes les applications d’ici.',
    stay: 'Rester connecté',
  },

  withheld: {
    title: 'Encore un clic, si vous en avez besoin',
    text: 'Vous êtes connecté. Mais {provider} ne nous dit pas si vous faites partie de {organizations} ; les pages réservées à ses membres restent donc fermées.',
    or: '{first} ou {last}',
    singleSignOn:
      '{organization} a sa propre connexion : utilisez le bouton ci-dessous, connectez-vous là-bas, et autorisez ce site à le voir.',
    notApproved:
      '{organization} n’a pas approuvé ce site. Utilisez le bouton ci-dessous et demandez-le là-bas (« Request » ou « Grant ») ; une personne propriétaire doit accepter.',
    logInTo: 'Se connecter à {organization}',
    askFor: 'Demander l’approbation de {organization}',
    again: 'C’est fait : se reconnecter',
    without: 'Continuer sans cela',
  },

  sessions: {
    lead: 'Chaque ligne est un navigateur. Vous n’en reconnaissez pas un ? Terminez-le, et changez le mot de passe avec lequel vous vous connectez, ou celui de votre messagerie si vous utilisez des codes.',
    list: 'Vos sessions',
    loggedIn: 'Connexion {ago}',
    loggedInFrom: 'Connexion {ago} depuis {place}',
    used: 'Utilisation {ago}',
    usedFor: 'Utilisation {ago} : {applications}',
    terminals: 'Terminaux : {names}',
    thisBrowser: 'ce navigateur',
    end: 'Terminer',
    endOthers: 'Terminer toutes les autres',
    endThis: '{action} : {browser}, ce navigateur',
    endOther: '{action} : {browser}, utilisation {ago}',
    hadEnded: 'Elle était déjà terminée.',
    ended: { one: 'Une session est terminée.', other: '{count} sessions sont terminées.' },
    letters:
      'Quand quelqu’un se connecte en votre nom dans un nouveau navigateur, un e-mail est envoyé à {email}.',
    noLetters:
      'Un e-mail peut être envoyé à {email} chaque fois que quelqu’un se connecte en votre nom dans un nouveau navigateur.',
    stopLetters: 'Ne plus m’envoyer ces e-mails',
    wantLetters: 'M’envoyer ces e-mails',
  },

  tokens: {
    lead: 'Les terminaux que vous avez connectés, et les jetons que vous avez donnés à des programmes. Terminez ce que vous ne reconnaissez pas ou n’utilisez plus : l’effet est immédiat.',
    none: 'Il n’y en a aucun.',
    list: 'Programmes',
    terminal: 'Terminal',
    everything: 'tout',
    since: 'depuis le {day}',
    endsWithSession: 'se termine avec sa session',
    endsWithOther: 'se termine avec sa session (d’un autre navigateur)',
    ends: 'se termine le {day} ; dernière utilisation le {used}',
    endsUnused: 'se termine le {day} ; jamais utilisé',
    end: 'Terminer',
    endNamed: 'Terminer {name}',
    noApplication:
      'Aucune application que vous pouvez ouvrir n’accepte de jetons personnels. La personne qui la gère peut l’autoriser dans ses règles.',
    formTitle: 'Un jeton pour un programme',
    formText:
      'Pour un agenda, des fichiers par WebDAV ou un gestionnaire de paquets : tout ce qui demande un nom et un mot de passe et ne peut pas ouvrir de page. Il peut faire ce que vous pouvez faire, dans les applications que vous choisissez, et rien de plus.',
    name: 'Nom',
    for: 'Pour',
    endsAfter: 'Il se termine après',
    days: { one: '{count} jour', other: '{count} jours' },
    asksAgain: 'Votre connexion date un peu ; il vous est donc d’abord demandé de vous reconnecter.',
    make: 'Créer un jeton',
    faults: {
      'no-name': 'Donnez-lui un nom pour le reconnaître : le programme et l’ordinateur.',
      'no-application': 'Choisissez au moins une application.',
      'too-many': 'Vous avez {count} jetons. Terminez-en un dont vous n’avez plus besoin.',
    },
    made: 'Votre jeton',
    copy: 'Copiez-le maintenant dans {name} : il ne sera plus affiché. N’importe quel nom convient ; le jeton est le mot de passe.',
    itEnds: 'Il se termine',
    withSession: 'avec votre session dans ce navigateur',
    whySession:
      'Votre service de connexion ne permet pas de demander plus tard si vous avez encore accès ; il ne peut donc pas durer plus longtemps.',
    copied: 'Je l’ai copié',
  },

  terminal: {
    askTitle: 'Laisser un terminal agir en votre nom ?',
    askText:
      'Un programme sur cet ordinateur veut se connecter en tant que {person}. Il pourrait ouvrir ici tout ce que vous pouvez ouvrir, jusqu’à la fin de votre session.',
    askOnly: 'Ne continuez que si vous venez de saisir {command} vous-même.',
    callsItself: 'Il se présente comme',
    runs: 'Où il s’exécute',
    onThisComputer: 'sur cet ordinateur',
    allow: 'Autoriser',
    deny: 'Non',
    goesOn: 'Votre terminal se connecte',
    goesOnText: 'Cette page y va toute seule. S’il ne se passe rien, cliquez.',
    denied: 'Rien n’a été autorisé',
    deniedText: 'Le terminal en est informé. Vous pouvez fermer cette page.',
    goOnTo: 'Continuer vers le terminal',
    senseless: 'Ce lien est incomplet',
    senselessText: 'Recommencez dans votre terminal, avec {command}. Cela ouvre la bonne page.',
    deviceTitle: 'Connecter un terminal',
    deviceText:
      'Saisissez le code qu’affiche votre propre terminal. Vous verrez qui demande avant que quoi que ce soit soit autorisé.',
    deviceWarning:
      'Quelqu’un vous a envoyé un code, ou vous l’a dit au téléphone ? Alors cette personne veut entrer en votre nom.',
    closePage: 'Fermez cette page.',
    code: 'Code',
    faults: {
      wrong:
        'Ce code n’a pas fonctionné. Les codes sont valables cinq minutes et une fois : est-ce celui qu’affiche votre terminal maintenant ?',
      'too-many':
        'Il y a eu trop d’essais. Attendez cinq minutes, et demandez un nouveau code à votre terminal.',
    },
    deviceAskTitle: 'Laisser ce terminal agir en votre nom ?',
    deviceAskText:
      'Il veut se connecter en tant que {person}, et pourrait ouvrir ici tout ce que vous pouvez ouvrir, jusqu’à la fin de votre session.',
    deviceAskOnly:
      'Ne continuez que si le code est sur un écran à vous, et si vous avez commencé cela vous-même.',
    asksFrom: 'Il demande depuis',
    youAreAt: 'Vous êtes à',
    asked: 'Demandé',
    notKnown: 'inconnu',
    elsewhere:
      'Il demande depuis une autre adresse que la vôtre. C’est normal pour un serveur lointain, et pour rien d’autre.',
    loggedIn: 'Votre terminal est connecté',
    loggedInText: 'Il continue dans quelques secondes. Vous pouvez fermer cette page.',
    off: 'Les codes de terminaux ne sont pas utilisés ici',
    offText: 'Lancez {command} sur l’ordinateur où se trouve votre navigateur.',
  },

  key: {
    useTitle: 'Utilisez votre clé de sécurité',
    useForAnother:
      'Avant d’ajouter une autre clé, l’une de celles que vous avez déjà confirme que c’est bien vous.',
    useText: 'Votre clé confirme que c’est bien vous.',
    useFor:
      '{application} demande votre clé de sécurité, pour que personne n’entre avec votre seule connexion.',
    use: 'Utiliser ma clé',
    addTitle: 'Ajoutez votre clé de sécurité',
    addAnotherTitle: 'Ajoutez une autre clé de sécurité',
    addText: 'Ensuite, les applications qui demandent une clé s’ouvrent avec elle.',
    addAnotherText:
      'Avec une deuxième clé, vous ne restez pas dehors si vous perdez la première. Gardez-la ailleurs.',
    addFor: '{application} demande une clé de sécurité, et vous n’en avez pas encore ici.',
    name: 'Comment l’appelez-vous ?',
    nameHint: 'Pour vous uniquement, par exemple « bleue, sur mon trousseau ».',
    add: 'Ajouter cette clé',
    howTo: [
      'Branchez la clé, ou tenez-la contre votre téléphone.',
      'Saisissez le code PIN de la clé quand il vous est demandé.',
      'Touchez la clé quand elle clignote.',
    ],
    states: {
      unscripted:
        'Les clés ont besoin de JavaScript, qui est désactivé dans ce navigateur ou ne s’est pas chargé.',
      ready: 'Ayez la clé à portée de main.',
      waiting: 'Votre navigateur demande maintenant la clé.',
      sent: 'Merci. Un instant.',
      cancelled:
        'Cela n’a pas abouti : c’est annulé, ou la clé n’a pas encore de code PIN. Réessayez quand vous voulez.',
      late: 'Le temps s’est écoulé avant qu’une clé soit touchée. Réessayez quand vous l’avez sous la main.',
      known: 'Cette clé est déjà l’une des vôtres. Prenez-en une autre.',
      unsupported:
        'Ce navigateur ne sait pas utiliser de clés de sécurité. Ouvrez cette page dans Firefox, Chrome, Edge ou Safari, et non dans une autre application.',
    },
    noKey:
      'Pas de clé sous la main ? Toute autre des vôtres convient. Vous l’avez perdue ? Prévenez la personne qui gère ce service : elle peut vous laisser en ajouter une autre.',
    notNow: 'Pas maintenant',
    added: 'La clé est ajoutée.',
    addSecond: 'Ajoutez-en une deuxième maintenant, pour ne pas rester dehors si vous perdez la première.',
    none: 'Il n’y en a pas encore.',
    list: 'Vos clés',
    addFirst: 'Ajouter une clé',
    addAnother: 'Ajouter une autre clé',
    removeFirst: 'Pour retirer une clé, {link}.',
    removeFirstLink: 'utilisez d’abord l’une des vôtres',
    byInvitation: 'Les clés s’ajoutent sur invitation. Demandez-en une à la personne qui gère ce service.',
    addedOn: 'ajoutée le {day}',
    unused: 'pas encore utilisée',
    lastUsed: 'dernière utilisation le {day}',
    badMake: 'Les clés de ce modèle ne sont plus acceptées.',
    remove: 'Retirer',
    onlyKey:
      'Ici, des pages vous demandent une clé ; vous ne pouvez donc pas retirer la seule que vous avez : ajoutez-en d’abord une autre. La personne qui gère ce service peut aussi la retirer.',
    removeOnly: 'Retirer ma seule clé',
    removeNamed: 'Retirer {name}',
    removed: 'La clé est retirée',
    removedText: 'Par sécurité, vous avez été déconnecté partout.',
  },

  passkey: {
    useTitle: 'Se connecter par clé d’accès',
    useText:
      'Votre navigateur demande votre empreinte, votre visage ou le code PIN de cet appareil. Il n’y a pas de mot de passe.',
    makeTitle: 'Créez votre clé d’accès',
    makeText:
      'L’invitation est pour {email}. Avec une clé d’accès, vous vous connectez par empreinte, visage ou code PIN de votre appareil, sans mot de passe.',
    goodUntil: 'Elle est valable jusqu’au {day}.',
    notYou:
      'Ce n’est pas votre adresse ? Fermez cette page, et prévenez la personne qui vous a envoyé le lien.',
    name: 'Comment l’appelez-vous ?',
    nameHint: 'Par exemple comme l’appareil que vous utilisez : « téléphone ».',
    make: 'Créer une clé d’accès',
    states: {
      unscripted:
        'Les clés d’accès ont besoin de JavaScript, qui est désactivé dans ce navigateur ou ne s’est pas chargé.',
      ready: 'Cela prend un instant.',
      waiting: 'Votre navigateur demande maintenant la clé d’accès.',
      sent: 'Merci. Un instant.',
      cancelled:
        'Cela n’a pas abouti : c’est annulé, ou cet appareil n’a pas de clé d’accès pour cette page. Réessayez quand vous voulez.',
      late: 'Le temps est écoulé. Réessayez quand vous voulez.',
      known: 'Cet appareil a déjà une clé d’accès à vous pour cette page.',
      unsupported:
        'Ce navigateur ne sait pas utiliser de clés d’accès. Ouvrez cette page dans Firefox, Chrome, Edge ou Safari, et non dans une autre application.',
    },
    added: 'Votre clé d’accès est prête',
    addedText: 'Elle vous connecte en tant que {email}. Essayez-la maintenant.',
    none: 'Il n’y en a pas.',
    otherWay:
      'Les clés d’accès se montrent à qui s’est connecté par l’une d’elles, et vous vous êtes connecté autrement.',
    onlyOne: 'Vous ne pouvez pas retirer la seule avec laquelle vous pouvez vous connecter.',
    removeFirst: 'Pour retirer une clé d’accès, {link}.',
    removeFirstLink: 'connectez-vous d’abord avec l’une des vôtres',
    anotherDevice:
      'Pour un autre appareil, demandez une invitation à la personne qui gère ce service. Les téléphones et ordinateurs d’un même fabricant partagent souvent leurs clés d’accès d’eux-mêmes.',
    madeOn: 'créée le {day}',
    goodTo: 'valable jusqu’au {day}',
    ended: 'expirée le {day}',
    over: 'Elle ne connecte plus personne.',
    removed: 'La clé d’accès est retirée',
    removedText:
      'Par sécurité, vous avez été déconnecté partout. Votre appareil en garde encore sa moitié : supprimez-la là-bas, pour qu’elle ne vous soit plus proposée.',
  },

  cookies: {
    cookies: 'Cookies',
    largest: 'Les plus gros',
    more: 'et {count} autres',
    nameless: '(sans nom)',
    bytes: '{count} octets',
    delete: 'Supprimer ces cookies',
    title: 'Cookies de ce site',
    tooMany:
      'Ce site et ses voisins ont laissé dans votre navigateur plus de cookies qu’il n’est possible d’en transmettre.',
    fine: 'Votre navigateur n’envoie pas trop de cookies ici.',
  },

  keptForm: {
    title: 'Envoyer ce que vous avez écrit ?',
    text: 'Votre session était terminée quand vous avez envoyé ceci, et vous vous êtes reconnecté. L’envoi se fait une fois, tel que vous l’avez écrit, quand vous appuyez sur le bouton.',
    send: 'Envoyer maintenant',
    discard: 'Abandonner',
    to: 'Envoyé à',
    size: 'Taille',
    until: 'Gardé jusqu’à',
    toApplication: 'Aller à {application}',
    gone: {
      title: 'Il n’y a rien à envoyer',
      text: 'Ce que vous avez écrit n’est pas ici : c’est déjà envoyé ou abandonné, cela date de plus d’une heure, ou un formulaire plus récent a pris sa place. Votre navigateur l’a peut-être encore : retournez à la page d’où vous l’avez envoyé.',
    },
    another: {
      title: 'C’était à quelqu’un d’autre',
      text: 'Quelqu’un avec un autre compte a écrit ce qui était gardé ici : cela a été abandonné et n’a pas été envoyé.',
    },
    elsewhere: {
      title: 'Ceci ne peut plus être envoyé',
      text: 'À cette adresse se trouve maintenant une autre application que celle pour laquelle vous l’avez écrit : cela a été abandonné et n’a pas été envoyé.',
    },
    discarded: {
      title: 'C’est abandonné',
      text: 'Ce que vous avez écrit n’a pas été envoyé, et rien n’en est gardé.',
    },
  },

  popUp: {
    loggedIn: {
      title: 'Vous êtes connecté',
      text: 'Vous pouvez fermer cette fenêtre et continuer là où vous étiez.',
    },
    notLoggedIn: {
      title: 'Vous n’êtes pas connecté',
      text: 'Connectez-vous, et cette fenêtre se fermera toute seule.',
    },
  },

  access: {
    askLink: 'Demander l’accès',
    below: '{application}, sous {path}',
    minutes: { one: '{count} minute', other: '{count} minutes' },
    hours: { one: '{count} heure', other: '{count} heures' },
    days: { one: '{count} jour', other: '{count} jours' },
    ask: {
      lead: 'Vous pouvez demander l’accès à {what} pour une durée limitée. La décision revient à qui peut le donner.',
      purpose: 'Pourquoi en avez-vous besoin ?',
      hint: 'Une ou deux phrases, {count} caractères au plus, sans liens.',
      optional: 'Cette indication est facultative.',
      duration: 'Pour combien de temps ?',
      send: 'Demander',
      noPurpose: 'Dites pourquoi vous en avez besoin.',
      tooLong: 'Le texte dépasse {count} caractères.',
    },
    asked: {
      title: 'Votre demande est envoyée',
      byMail:
        'Les personnes qui décident ont été prévenues par e-mail. Vous en recevrez un dès que la décision sera prise, et vous pouvez regarder ici.',
      byHand: 'Les personnes qui décident la voient sur leur page. Prévenez-les, pour qu’elles regardent.',
      again:
        'Vous pourrez faire une autre demande pour cette application après leur réponse, ou quand celle-ci aura expiré.',
      since: 'Demandé le',
      until: 'Expire le',
      why: 'Pourquoi',
      look: 'Regarder encore',
    },
    full: {
      title: 'Veuillez patienter',
      text: 'Il y a tant de demandes en attente qu’aucune autre ne peut être acceptée. Adressez-vous à la personne qui gère cette application, ou réessayez plus tard.',
    },
    nothing: {
      title: 'Il n’y a rien à demander',
      text: 'Vous avez peut-être déjà accès, ou l’accès ne peut pas être demandé ici.',
      open: 'Ouvrir',
    },
    approvals: {
      title: 'Qui demande l’accès',
      lead: 'Ne le donnez qu’à des personnes que vous connaissez, et pour une raison que vous comprenez. Il expire de lui-même.',
      none: 'Aucune demande en attente.',
      list: 'Demandes',
      wants: '{what}, pour {duration}',
      noPurpose: 'Aucune raison n’a été donnée.',
      given: 'Accès donnés',
      until: '{what}, jusqu’au {time}',
      by: 'donné par {who}',
      give: 'Donner l’accès',
      refuse: 'Refuser',
      end: 'Y mettre fin',
      about: '{action} : {who}, {what}',
      here: 'la demande de votre e-mail',
    },
    outcomes: {
      given: 'L’accès a été donné.',
      refused: 'Vous avez refusé.',
      gone: 'Cette demande est close : quelqu’un a répondu, ou elle a expiré.',
      own: 'C’est votre propre demande. La décision revient à quelqu’un d’autre.',
      notTheirs: 'Cette décision ne vous revient pas.',
      stepUp: 'Il y a peut-être d’autres demandes pour vous : il faut d’abord une étape de plus.',
      otherLogin: 'Vous en décidez avec une autre connexion que celle que vous avez maintenant.',
      ended: 'L’accès a pris fin.',
    },
  },

  denial: {
    nobody: 'Ceci ne vous est pas ouvert, et une connexion n’y changerait rien.',
    missing: 'Ce qui manque : {what}.',
    rule: 'La raison : {reason}.',
    or: '{first} ou {last}',
    and: '{first}, et aussi {last}',
    either: '{first} ; ou {last}',
    other: 'autre chose',
    lacks: {
      address: 'une autre adresse que la vôtre',
      confirmed_address: 'une adresse e-mail que votre service de connexion a confirmée',
      group: 'un groupe dont votre compte ne fait pas partie',
      group_out: 'un compte hors d’un groupe dont le vôtre fait partie',
      known_group: 'un groupe, et votre service de connexion ne dit pas desquels vous faites partie',
      claim: 'autre chose dans ce que votre service de connexion dit de votre compte',
      login_method: 'une connexion par un autre moyen',
      auth_method: 'une connexion avec une autre preuve de votre identité',
      network: 'un autre réseau que celui d’où vous venez',
      country: 'un autre pays que celui d’où vous venez',
      time: 'un autre jour ou une autre heure',
      method: 'une requête d’un autre genre, par exemple en lecture seule',
      grant: 'un accès pour une durée limitée, que quelqu’un donne',
      program: 'le jeton d’un programme, car ceci n’est pas destiné aux personnes',
    },
  },

  refusals: {
    notGiven: {
      title: noAccess,
      text: 'Votre compte n’a pas reçu d’accès à ceci.',
      hint: askWhoRunsIt,
    },
    ruleSaysNo: {
      title: noAccess,
      text: 'Une règle de cette application refuse cette requête.',
      hint: askWhoRunsIt,
    },
    accessEnded: {
      title: noAccess,
      text: 'Votre accès a pris fin pendant que l’application travaillait.',
      hint: askWhoRunsIt,
    },
    uncheckable: {
      title: 'Impossible de vérifier votre accès',
      text: 'Un problème est survenu pendant la vérification de votre accès ; personne n’est donc entré. Veuillez réessayer.',
      hint: tellWhoRunsIt,
    },
    login: {
      title: 'Veuillez vous connecter',
      text: 'Vous n’êtes pas connecté ici, ou votre session est terminée.',
      hint: sendAgain,
    },
    formKept: {
      title: 'Veuillez vous reconnecter',
      text: 'Votre session était terminée quand vous avez envoyé ceci. Rien n’est perdu : ce que vous avez écrit est gardé pendant une heure, et vous pourrez l’envoyer une fois connecté.',
      hint: null,
    },
    formTooLarge: {
      title: 'Veuillez d’abord vous connecter',
      text: 'Votre session était terminée quand vous avez envoyé ceci, et c’est trop volumineux pour être gardé en attendant.',
      hint: 'Connectez-vous dans un nouvel onglet. Revenez ensuite ici, retournez à la page d’où vous l’avez envoyé et envoyez-le encore une fois : la plupart des navigateurs ont encore ce que vous avez écrit.',
    },
    securityKey: {
      title: 'Votre clé de sécurité, s’il vous plaît',
      text: 'Cette partie demande une clé de sécurité. Reconnectez-vous et utilisez la vôtre.',
      hint: sendAgain,
    },
    freshLogin: {
      title: 'Veuillez vous reconnecter',
      text: 'Cette partie demande une connexion récente, et la vôtre date un peu.',
      hint: sendAgain,
    },
    loginFailed: {
      title: 'La connexion n’a pas abouti',
      text: 'Personne n’a été connecté. Recommencez depuis la page que vous vouliez voir.',
      hint: null,
    },
    badToken: {
      title: 'Ce jeton ne fonctionne pas ici',
      text: 'Le programme a envoyé un jeton qui n’est pas valable pour ceci ; rien n’est donc passé.',
      hint: null,
    },
    foreignHandshake: {
      title: otherSite,
      text: 'Un autre site a tenté d’ouvrir en votre nom une connexion à cette application. Cela a été empêché.',
      hint: null,
    },
    foreignForm: {
      title: otherSite,
      text: 'Un autre site a tenté de faire ceci en votre nom. Cela a été empêché, et rien n’a changé.',
      hint: null,
    },
    senseless: {
      title: 'Cette adresse ne peut pas être ouverte',
      text: 'Elle pouvait se lire de plusieurs façons, ou une partie de ce qui a été envoyé est mal formée ; elle n’a donc pas été transmise. Veuillez la saisir de nouveau. Un lien qui mène toujours ici est défectueux : prévenez la personne qui l’a fait.',
      hint: null,
    },
    nothingHere: {
      title: 'Cette page n’existe pas',
      text: 'Il n’y a rien à cette adresse. Vérifiez qu’elle ne contient pas de faute de frappe, ou partez de vos applications.',
      hint: null,
    },
    unknownHost: {
      title: 'Il n’y a pas d’application à cette adresse',
      text: 'Ce service ne connaît pas le nom contenu dans l’adresse. Vérifiez qu’il ne contient pas de faute de frappe. S’il est juste, l’application a changé de nom ou n’est pas encore prête.',
      hint: 'Si elle devrait être ici, indiquez le numéro de référence ci-dessous à la personne qui gère ce service.',
    },
    notThisWay: {
      title: 'Cela ne se fait pas ici',
      text: 'L’adresse est juste, mais ce qui lui est demandé n’est pas possible.',
      hint: null,
    },
    notOnOffer: {
      title: 'Ce n’est pas possible ici',
      text: 'La requête utilise quelque chose que ce service ne fait pas.',
      hint: null,
    },
    tooLarge: {
      title: 'C’est trop volumineux',
      text: 'Ce qui a été envoyé dépasse la taille permise ici.',
      hint: null,
    },
    tooLong: {
      title: 'L’adresse est trop longue',
      text: 'Veuillez en utiliser une plus courte.',
      hint: null,
    },
    tooMuch: {
      title: 'Votre navigateur en a trop envoyé',
      text: 'Supprimer les cookies de ce site aide le plus souvent.',
      hint: null,
    },
    cookies: {
      title: 'Trop de cookies',
      text: 'Ce site et ses voisins ont laissé dans votre navigateur plus de cookies qu’il n’est possible d’en transmettre.',
      hint: 'Les supprimer ici peut vous déconnecter de certaines applications, et ne change rien d’autre. S’ils reviennent sans cesse, indiquez leurs noms à la personne qui gère ce service.',
    },
    tooSlow: {
      title: 'Cela a pris trop de temps',
      text: 'La requête n’est pas arrivée à temps. Veuillez réessayer.',
      hint: null,
    },
    loop: {
      title: 'L’application est mal configurée',
      text: 'Ce qui devrait y mener ramène ici. La personne qui la gère peut trouver la raison dans le journal.',
      hint: tellWhoRunsIt,
    },
    noAnswer: {
      title: 'L’application ne répond pas',
      text: 'Vous êtes au bon endroit, mais l’application est arrêtée ou injoignable. Veuillez réessayer dans un instant.',
      hint: tellWhoRunsIt,
    },
    brokenAnswer: {
      title: 'L’application a donné une réponse défectueuse',
      text: 'Vous êtes au bon endroit, mais ce que l’application a envoyé n’a pas pu être transmis.',
      hint: tellWhoRunsIt,
    },
    slowAnswer: {
      title: 'L’application est trop lente',
      text: 'Elle n’a pas répondu à temps. Veuillez réessayer dans un instant.',
      hint: tellWhoRunsIt,
    },
    busy: {
      title: 'L’application est occupée',
      text: 'Trop de personnes demandent en même temps. Veuillez réessayer dans un instant.',
      hint: tellWhoRunsIt,
    },
    maintenance: {
      title: 'En maintenance',
      text: 'Vous avez accès à cette application ; elle est fermée quelque temps pour des travaux. Veuillez revenir plus tard.',
      hint: null,
    },
    noStore: {
      title: 'Impossible de vérifier qui vous êtes',
      text: 'Les sessions ne peuvent pas être consultées pour le moment. Veuillez réessayer dans un instant.',
      hint: tellWhoRunsIt,
    },
    noProvider: {
      title: 'Le service de connexion ne répond pas',
      text: 'Personne ne peut se connecter pour le moment. Les personnes déjà connectées peuvent continuer.',
      hint: tellWhoRunsIt,
    },
    unexpected: {
      title: 'Un problème est survenu de notre côté',
      text: 'Ce n’est pas votre faute. Veuillez réessayer dans un instant.',
      hint: tellWhoRunsIt,
    },
  },
  logInInNewTab: 'Se connecter dans un nouvel onglet',

  reasons: {
    'token-invalid': 'le jeton n’est pas valable (ou ne l’est plus)',
    'token-expired': 'le jeton, ou ce secret du jeton, a expiré',
    'token-in-url':
      'un jeton n’a pas sa place dans une adresse, où il est noté : envoyez-le dans un champ d’en-tête',
    'token-elsewhere': 'le jeton est pour d’autres applications',
    'credentials-ambiguous':
      'la requête dit de plusieurs façons qui l’envoie : un jeton en plus d’une session, ou deux jetons',
    'too-many-attempts': 'trop de jetons erronés sont venus de cette adresse : attendez',
    'logout-unconfirmed':
      'ici, on demande à une personne avant de la déconnecter : ouvrez `logout_url` comme une page',
    'method-not-allowed': 'la page de bouncer accepte d’autres méthodes',
    'check-unclear':
      'le serveur placé devant ne dit pas, ou dit de plusieurs façons, sur quelle requête il interroge',
    'identity-claimed': 'un champ d’en-tête affirme une identité, que le serveur placé devant transmettrait',
    'malformed-request': 'la requête n’est pas du HTTP',
    'request-timeout': 'la requête n’est pas arrivée à temps',
    'version-unsupported': 'cette version de HTTP n’est pas prise en charge',
    'method-unknown': 'cette méthode est inconnue',
    'method-refused': 'cette méthode n’est pas autorisée',
    'url-too-long': 'l’adresse est trop longue',
    'headers-too-many': 'la requête a trop de champs d’en-tête',
    'headers-too-large': 'les champs d’en-tête de la requête sont trop volumineux',
    'header-name-invalid': 'un champ d’en-tête a un nom qui n’est pas valable',
    'header-name-disguised': 'un champ d’en-tête en imite un qui délimite le message',
    'method-overridden': 'un en-tête nomme une autre méthode que celle que regardent les règles',
    'header-value-invalid': 'un champ d’en-tête a une valeur qui n’est pas valable',
    'header-repeated': 'un champ d’en-tête qui ne peut figurer qu’une fois est répété',
    'host-missing': 'la requête ne nomme aucun hôte',
    'host-repeated': 'la requête nomme plus d’un hôte',
    'host-invalid': 'l’hôte de la requête n’est pas valable',
    'expectation-unknown': 'l’attente de la requête ne peut pas être satisfaite',
    'upgrade-refused': 'l’application ne passe pas à ce protocole',
    'websocket-invalid': 'l’ouverture du WebSocket n’est pas valable',
    'body-too-large': 'le corps de la requête est trop volumineux',
    'chunk-extensions-too-large': 'les morceaux du corps portent trop de choses en plus de lui',
    'content-length-invalid': 'la longueur du corps n’est pas un simple nombre',
    'content-length-repeated': 'la longueur du corps est donnée plus d’une fois',
    'transfer-encoding-invalid': 'le codage de transfert du corps n’est pas pris en charge',
    'framing-ambiguous': 'la fin du corps est donnée de deux façons',
    'upgrade-with-body': 'une requête qui change de protocole ne peut pas avoir de corps',
    'target-not-path': 'l’adresse de la requête n’est pas un chemin',
    'target-foreign': 'l’adresse de la requête nomme un autre hôte',
    'target-fragment': 'l’adresse de la requête a un fragment',
    'target-character': 'l’adresse de la requête contient un caractère qui n’est pas autorisé',
    'destination-invalid': 'la destination de la requête n’est pas une adresse d’ici',
    'path-encoding': 'le chemin de la requête n’est pas codé correctement',
    'path-control': 'le chemin de la requête contient un caractère de contrôle codé',
    'path-above-root': 'le chemin de la requête remonte au-dessus de sa racine',
    'path-ambiguous': 'le chemin de la requête peut se lire de plusieurs façons',
    connection_login:
      'l’application authentifie la connexion (NTLM, Negotiate), ce qui ne fonctionne qu’en HTTP/1.1 sans autre proxy devant bouncer',
  },

  emailFaults: {
    'email-missing':
      'Le service avec lequel vous vous êtes connecté n’a envoyé aucune adresse e-mail (email-missing).',
    'email-malformed':
      'L’adresse e-mail envoyée par votre service ne peut pas être utilisée ; elle ne compte donc pas ici (email-malformed).',
    'email-not-verified':
      'Le service avec lequel vous vous êtes connecté ne dit pas que votre adresse e-mail a été vérifiée ; elle ne compte donc pas ici (email-not-verified).',
    'email-outside-provider':
      'Le service avec lequel vous vous êtes connecté ne répond pas de votre adresse e-mail ; elle ne compte donc pas ici (email-outside-provider).',
  },

  problems: {
    'bad-request': {
      title: 'Ce lien de connexion ne fonctionne pas',
      text: 'L’adresse est incomplète ou a changé en chemin. Recommencez depuis la page que vous vouliez voir.',
      button: 'Recommencer',
    },
    'unknown-provider': {
      title: 'Cette façon de se connecter n’existe plus',
      text: 'Le service de connexion de ce lien n’est plus utilisé ici. Vous pouvez en choisir un autre.',
      button: 'Voir comment se connecter',
    },
    expired: {
      title: 'Le temps pour se connecter est écoulé',
      text: 'Une connexion doit être terminée en quelques minutes, et celle-ci ne l’a pas été. Rien n’est perdu : connectez-vous simplement de nouveau.',
      button: 'Se reconnecter',
    },
    'already-used': {
      title: 'Cette connexion a déjà servi',
      text: 'Chaque lien de connexion fonctionne une fois. Cela arrive avec le bouton de retour, ou en rechargeant une page. Il est bien possible que vous soyez déjà connecté.',
      button: 'Continuer',
    },
    'other-browser': {
      title: 'Cette connexion a commencé ailleurs',
      text: 'Elle a commencé dans un autre navigateur, ou ce navigateur n’a pas gardé son cookie. Pour vous protéger, elle ne peut pas être terminée ici. Recommencez, et autorisez les cookies de ce site.',
      button: 'Se connecter ici',
    },
    'other-person': {
      title: 'C’était un autre compte',
      text: 'Le jeton est pour le compte connecté ici, et votre service de connexion en a envoyé un autre. Rien n’a été créé. Choisissez-y le même compte.',
      button: 'Retour à vos jetons',
    },
    'refused-by-provider': {
      title: 'La connexion n’a pas été terminée',
      text: 'Le service de connexion a refusé, ou vous êtes revenu en arrière avant la fin. Vous pouvez réessayer, ou y choisir un autre compte.',
      button: 'Réessayer',
    },
    'provider-unavailable': {
      title: 'Le service de connexion ne répond pas',
      text: 'Personne ne peut donc se connecter pour le moment. Les personnes déjà connectées peuvent continuer. Veuillez réessayer dans un instant.',
      button: 'Réessayer',
    },
    'provider-answer-invalid': {
      title: 'Impossible de vérifier cette connexion',
      text: 'Ce que le service de connexion a envoyé n’a pas passé nos vérifications ; personne n’a donc été connecté. Si un nouvel essai n’aide pas, indiquez le numéro de référence ci-dessous à la personne qui gère ce service.',
      button: 'Réessayer',
    },
    'hardware-key-not-confirmed': {
      title: 'Aucune clé de sécurité n’a été utilisée',
      text: 'La page que vous voulez voir demande une clé de sécurité, et le service de connexion n’a pas confirmé que vous en avez utilisé une. Réessayez, et choisissez la clé quand elle vous est demandée.',
      button: 'Réessayer avec ma clé',
    },
    'fresh-login-not-confirmed': {
      title: 'Il faut une nouvelle connexion',
      text: 'La page que vous voulez voir demande une connexion récente, mais le service de connexion vous a laissé passer sans redemander. Déconnectez-vous là-bas, puis réessayez.',
      button: 'Réessayer',
    },
    'too-many-tries': {
      title: 'Veuillez patienter un peu',
      text: 'Il y a eu beaucoup d’essais de connexion depuis l’endroit où vous êtes ; aucun autre n’est accepté pendant dix minutes. Cela n’a rien à voir avec votre adresse. Votre dernier code reste valable jusque-là.',
      button: 'Retour',
    },
    'logout-expired': {
      title: 'Personne n’a été déconnecté',
      text: 'La question de la déconnexion est valable dix minutes ; celle-ci est plus ancienne, ou son adresse est incomplète. Rien n’a encore changé.',
      button: 'Recommencer',
    },
    'person-blocked': {
      title: 'Ce compte ne peut pas se connecter ici',
      text: 'La personne qui gère ce service l’a fermé à ce compte. Si vous pensez que c’est une erreur, demandez-lui, en indiquant le numéro de référence ci-dessous.',
      button: 'Utiliser un autre compte',
    },
    'too-many-failures': {
      title: 'Veuillez patienter une minute',
      text: 'Beaucoup de connexions depuis l’endroit où vous êtes, ou avec ce service de connexion, ont échoué ; celle-ci n’a donc pas été terminée. Votre compte n’a aucun problème.',
      button: 'Réessayer',
    },
    'key-answer-invalid': {
      title: 'Cette clé n’a pas répondu comme prévu',
      text: 'Rien n’a changé. Réessayez : branchez la clé, saisissez son code PIN quand il vous est demandé, et touchez-la. Si cela ne fonctionne toujours pas, indiquez le numéro de référence ci-dessous à la personne qui gère ce service.',
      button: 'Réessayer',
    },
    'key-built-in': {
      title: 'Cette clé fait partie de votre appareil',
      text: 'C’est votre téléphone ou votre ordinateur lui-même qui a répondu. Il faut ici une clé de sécurité à part : une clé que l’on branche ou que l’on tient contre l’appareil.',
      button: 'Essayer une autre clé',
    },
    'key-not-bound': {
      title: 'Cette clé peut être copiée',
      text: 'C’est une clé d’accès, que votre compte sauvegarde sur d’autres appareils, qui a répondu. Il faut ici une clé de sécurité à part, dont le secret ne sort jamais.',
      button: 'Essayer une autre clé',
    },
    'key-not-known': {
      title: 'Cette clé n’est pas l’une des vôtres',
      text: 'La clé qui a répondu n’appartient pas au compte avec lequel vous êtes connecté. Utilisez-en une qui lui appartient, ou connectez-vous avec le compte auquel elle appartient.',
      button: 'Essayer une autre clé',
    },
    'keys-of-another-host': {
      title: 'Vos clés sont pour une ancienne adresse de ce service',
      text: 'Ce service a changé d’adresse depuis l’ajout de vos clés, et une clé de sécurité ne répond qu’à l’adresse pour laquelle elle a été ajoutée. Votre clé n’a aucun problème. Demandez à la personne qui gère ce service de retirer les clés de votre compte et de vous inviter de nouveau ; vous pouvez utiliser la même clé.',
      button: 'Retour',
    },
    'key-copied': {
      title: 'Quelque chose ne va pas avec cette clé',
      text: 'La clé dit avoir servi moins souvent que nous ne le savons. Il en existe peut-être une copie ; elle a donc été refusée. Prévenez la personne qui gère ce service, avec le numéro de référence ci-dessous.',
      button: 'Essayer une autre clé',
    },
    'key-make-refused': {
      title: 'Les clés de ce modèle ne sont plus acceptées',
      text: 'Son fabricant ou la FIDO Alliance dit que les clés de ce modèle ne sont pas sûres. Votre compte n’a aucun problème ; il vous faut une autre clé. Vous n’en avez pas d’autre ici ? Demandez à la personne qui gère ce service de retirer celle-ci et de vous inviter à nouveau.',
      button: 'Essayer une autre clé',
    },
    'key-of-other-make': {
      title: 'Une autre sorte de clé est demandée',
      text: 'Vous avez utilisé une clé de sécurité, et elle est bonne. Mais cette page n’accepte que des clés de certains modèles, et la vôtre est d’un autre, ou a été ajoutée avant que son modèle puisse être établi. Si vous en avez une qui convient, utilisez-la. Sinon, demandez à la personne qui gère ce service quelles clés sont acceptées.',
      button: 'Utiliser une autre clé',
    },
    'key-question-over': {
      title: 'Cela a pris trop de temps',
      text: 'Une clé a deux minutes pour répondre, afin que personne ne puisse utiliser une ancienne réponse. Rien n’est perdu : réessayez quand vous l’avez sous la main.',
      button: 'Réessayer',
    },
    'last-key': {
      title: 'C’est votre seule clé',
      text: 'Ici, des pages vous demandent une clé, et sans clé vous ne pourriez plus les ouvrir. Ajoutez-en d’abord une autre. Vous n’utilisez plus ce service, ou cette clé ne doit plus compter ? Prévenez la personne qui le gère : elle la retire.',
      button: 'Voir mes clés',
    },
    'last-passkey': {
      title: 'C’est votre seule clé d’accès',
      text: 'C’est avec elle que vous vous connectez, et sans elle vous ne pourriez pas revenir. Demandez d’abord à la personne qui gère ce service une invitation pour en créer une autre, ou laissez-la retirer celle-ci.',
      button: 'Voir mes clés d’accès',
    },
    'key-not-added': {
      title: 'La clé n’a pas été ajoutée',
      text: 'Elle l’est déjà, ou une autre a été ajoutée au même moment. Regardez vos clés.',
      button: 'Voir mes clés',
    },
    'key-needed-first': {
      title: 'Utilisez d’abord l’une de vos clés',
      text: 'Pour retirer une clé, il faut avoir l’une des vôtres sous la main. Utilisez-en une, puis retirez l’autre.',
      button: 'Voir mes clés',
    },
    'no-key-enrolled': {
      title: 'Vous n’avez pas encore de clé de sécurité ici',
      text: 'Cette page demande une clé de sécurité, et votre compte n’en a aucune. Les clés s’ajoutent sur invitation : demandez-en une à la personne qui gère ce service.',
      button: 'Retour',
    },
    'too-many-keys': {
      title: 'Vous avez déjà dix clés',
      text: 'C’est le maximum pour une personne. Retirez-en une que vous n’utilisez plus.',
      button: 'Voir mes clés',
    },
    'invitation-over': {
      title: invitationOver,
      text: 'Une invitation fonctionne une fois, et pendant un jour. Si vous ne l’avez pas utilisée vous-même, dites-le à la personne qui l’a envoyée. Sinon, demandez-en une nouvelle.',
      button: 'Voir mes clés',
    },
    'invitation-of-another': {
      title: 'Cette invitation est pour une autre adresse',
      text: 'Elle est destinée à une autre adresse e-mail que celle avec laquelle vous êtes connecté. Connectez-vous avec cette adresse, ou demandez une invitation pour la vôtre.',
      button: 'Voir mes clés',
    },
    'passkey-answer-invalid': {
      title: 'La clé d’accès ne vous a pas connecté',
      text: 'Ce que votre navigateur a envoyé n’est pas une réponse valable d’une clé d’accès pour cette page. Recommencez ; si cela se reproduit, prévenez la personne qui gère ce service, avec le numéro de référence ci-dessous.',
      button: 'Réessayer',
    },
    'passkey-not-known': {
      title: 'Cette clé d’accès n’est pas connue ici',
      text: 'Elle a été retirée, ou créée pour un autre site ou à un autre moment. Vous pouvez la supprimer de votre téléphone ou de votre gestionnaire de mots de passe. Les clés d’accès se créent sur invitation : demandez-en une à la personne qui gère ce service.',
      button: 'Réessayer',
    },
    'passkey-over': {
      title: 'Le temps de cette clé d’accès est écoulé',
      text: 'Elle avait été créée pour un temps. La personne qui gère ce service peut vous inviter à en créer une nouvelle.',
      button: 'Réessayer',
    },
    'passkey-invitation-over': {
      title: invitationOver,
      text: 'Une invitation fonctionne une fois, et pendant un jour. Si vous ne l’avez pas utilisée vous-même, dites-le tout de suite à la personne qui l’a envoyée. Sinon, demandez-en une nouvelle.',
      button: 'Aller à la page d’accueil',
    },
    'store-unavailable': {
      title: 'La connexion est impossible pour le moment',
      text: 'Une connexion ne peut pas être enregistrée en ce moment. Ce n’est pas votre faute, et les personnes déjà connectées peuvent continuer. Veuillez réessayer dans un instant.',
      button: 'Réessayer',
    },
  },
  chooseHow: 'Choisir comment se connecter',
  otherWay: 'Il y a plusieurs façons de se connecter ici : vous pouvez en prendre une autre.',

  letters: {
    site: 'Site',
    for: 'Pour',
    when: 'Quand',
    askedFor: 'Demandé le',
    with: 'Avec',
    by: 'Par',
    doneBy: 'Par',
    address: 'Adresse',
    key: 'Clé',
    operator: 'la personne qui gère ce site',
    code: {
      subject: 'Votre code pour {name}',
      title: '{pin} est votre code de connexion à {name}.',
      longer: 'Il est plus long que d’habitude, car quelqu’un a essayé des codes.',
      typeIt:
        'Saisissez-le dans la page qui l’a demandé. Il est valable {minutes} minutes et fonctionne une fois.',
      never:
        'Ne le donnez jamais à personne, pas même à quelqu’un qui dit être de {site} : la personne qui l’a peut se connecter en votre nom.',
      closing: 'Vous ne l’avez pas demandé ? Alors il n’y a rien à faire : sans ce code, personne n’entre.',
    },
    share: {
      subject: '{who} partage une page avec vous',
      title: '{who} partage avec vous une page de son propre ordinateur.',
      open: 'L’adresse est ci-dessous : ouvrez-la dans votre navigateur et connectez-vous en tant que {email}. Seules les personnes désignées par {who} peuvent la voir.',
      warning:
        'La page vient de la personne qui la partage, et non de {site}. Elle n’a jamais besoin d’un mot de passe de {site} : si elle en demande un, quittez-la.',
      logInAt: 'Connexion sur',
      until: 'Jusqu’au',
      closing: 'Vous ne connaissez pas {who} ? Alors il n’y a rien à faire, ni rien à ouvrir.',
      somebody: 'Une personne qui a un compte sur {site}',
    },
    login: {
      subject: 'Une nouvelle connexion à {site}',
      title: 'Quelqu’un s’est connecté en votre nom, dans un navigateur qui ne vous avait pas été signalé.',
      wasYou: 'C’était vous ? Alors il n’y a rien à faire.',
      notYou:
        'Ce n’était pas vous ? Ouvrez {site} comme d’habitude, allez à « Où vous êtes connecté », et terminez ce que vous ne reconnaissez pas. Changez ensuite le mot de passe avec lequel vous vous connectez, et prévenez la personne qui gère le site.',
      closing: 'Vous recevez cet e-mail parce que vous l’avez demandé sur la page « Où vous êtes connecté ».',
    },
    access: {
      askSubject: '{email} demande l’accès à {application}',
      askTitle: 'Quelqu’un demande l’accès à {what}.',
      doYouKnow:
        'Savez-vous qui c’est, et pourquoi cet accès est nécessaire ? Alors ouvrez la demande, connectez-vous, et dites oui ou non. Rien n’est donné avant cela.',
      doNothing: 'Si vous ne connaissez pas cette personne, ne faites rien : la demande expire d’elle-même.',
      link: 'Voir la demande',
      who: 'Qui',
      why: 'Pourquoi',
      noPurpose: 'non précisé',
      askClosing:
        'Vous recevez cet e-mail parce que les règles de {site} vous désignent parmi les personnes qui en décident.',
      givenSubject: 'Vous avez accès à {application}',
      givenTitle: 'L’accès à {what} vous a été donné.',
      given: 'Ouvrez la page comme avant. L’accès expire de lui-même.',
      until: 'Jusqu’au',
      refusedSubject: 'Pas d’accès à {application}',
      refusedTitle: 'L’accès à {what} ne vous a pas été donné.',
      refused: 'Si vous en avez encore besoin, adressez-vous à la personne qui le gère.',
      answerClosing: 'Vous recevez cet e-mail parce que vous avez demandé l’accès sur {site}.',
    },
    keys: {
      hardware_key_enrolled: {
        subject: 'Une clé de sécurité a été ajoutée à votre compte sur {site}',
        title: 'Une clé de sécurité a été ajoutée à votre compte.',
        closing:
          'Ce n’était pas vous ? Prévenez tout de suite la personne qui gère ce site : quelqu’un d’autre peut se faire passer pour vous.',
      },
      hardware_key_removed: {
        subject: 'Une clé de sécurité a été retirée de votre compte sur {site}',
        title: 'Une clé de sécurité a été retirée de votre compte, et vous avez été déconnecté partout.',
        closing: 'Ce n’était pas vous ? Prévenez tout de suite la personne qui gère ce site.',
      },
      passkey_enrolled: {
        subject: 'Une clé d’accès a été ajoutée à votre compte sur {site}',
        title:
          'Une clé d’accès a été ajoutée à votre compte. La personne qui l’a peut se connecter en votre nom.',
        closing: 'Ce n’était pas vous ? Prévenez tout de suite la personne qui gère ce site.',
      },
      passkey_removed: {
        subject: 'Une clé d’accès a été retirée de votre compte sur {site}',
        title: 'Une clé d’accès a été retirée de votre compte, et vous avez été déconnecté partout.',
        closing: 'Ce n’était pas vous ? Prévenez tout de suite la personne qui gère ce site.',
      },
    },
  },
};
