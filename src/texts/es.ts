// The texts in Spanish, for Spain and America alike. People are addressed as “usted”, mostly by the verb alone; what they are to do is
// an imperative, what a button does an infinitive.
//
// log in: iniciar sesión; log out: cerrar sesión; session: sesión · application: aplicación · login service: servicio de acceso ·
// security key: llave de seguridad; passkey: llave de acceso · token: token · code: código · request number: número de referencia ·
// whoever runs this service: quien administra este servicio · browser: navegador
import type { Texts } from './texts-shape.ts';

const askWhoRunsIt =
  'Si cree que debería tener acceso, consulte a quien administra este servicio e indique el número de referencia de abajo.';
const tellWhoRunsIt =
  'Si sigue así, indique el número de referencia de abajo a quien administra este servicio.';
const sendAgain =
  'Lo que envió no llegó. Inicie sesión en una pestaña nueva, vuelva aquí y cargue esta página de nuevo: así se envía otra vez.';
const invitationOver = 'Esta invitación ya no es válida';
const noAccess = 'No tiene acceso';
const otherSite = 'Eso vino de otro sitio';

export const es: Texts = {
  language: 'es',

  common: {
    startPage: '{brand}, página de inicio',
    requestNumber: 'Número de referencia',
    loggedInAs: 'Sesión de',
    reason: 'Motivo',
    application: 'Aplicación',
    contact: 'Contacto',
    seeWhatYouCanOpen: 'Ver lo que puede abrir',
    tryAgain: 'Intentar de nuevo',
    continue: 'Continuar',
    goOn: 'Seguir',
    logIn: 'Iniciar sesión',
    logInAgain: 'Iniciar sesión de nuevo',
    logInAnotherWay: 'Iniciar sesión de otra forma',
    logInAsSomeoneElse: 'Usar otra cuenta',
    logOut: 'Cerrar sesión',
    onYourWayTo: 'Va a entrar en {application}.',
    yourAccount: 'Su cuenta',
    yourApplications: 'Sus aplicaciones',
    whereLoggedIn: 'Dónde tiene la sesión iniciada',
    programsActingAsYou: 'Programas que actúan en su nombre',
    yourKeys: 'Sus llaves de seguridad',
    yourPasskeys: 'Sus llaves de acceso',
  },

  ago: {
    justNow: 'ahora mismo',
    second: { one: 'hace {count} segundo', other: 'hace {count} segundos' },
    minute: { one: 'hace {count} minuto', other: 'hace {count} minutos' },
    hour: { one: 'hace {count} hora', other: 'hace {count} horas' },
    day: { one: 'hace {count} día', other: 'hace {count} días' },
  },

  browser: {
    unknown: 'un navegador',
    on: '{browser} en {system}',
    unknownOn: 'un navegador en {system}',
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

  ways: { email: 'Código por correo', passkey: 'Llave de acceso' },

  start: {
    welcome: 'Le damos la bienvenida',
    purpose:
      'Esta es la entrada a las aplicaciones que hay detrás. Inicie sesión una vez y se abrirán todas aquellas a las que tiene acceso.',
    openToEverybody: 'Abiertas a todo el mundo: {applications}.',
    whoYouAre: 'Quién es usted',
    asksForMore: 'pide un paso más',
    nothing: {
      title: 'No hay nada abierto para esta cuenta',
      who: 'Ha iniciado sesión como {person}, y por ahora no hay nada aquí para esta cuenta.',
      hint: 'Si tiene otra cuenta, inicie sesión con ella. Si no, pida a quien administra este servicio que dé acceso a esta.',
    },
  },

  chooser: {
    title: 'Iniciar sesión',
    choose: 'Elija cómo.',
    chooseFor: 'Va a entrar en {application}. Elija cómo.',
    ways: 'Formas de iniciar sesión',
    opens: 'Abre {applications}',
    alsoOpens: 'También abre {applications}',
    and: '{first} y {last}',
    more: '{count} más',
    silent: 'no responde ahora',
    last: 'usado la última vez',
  },

  hop: {
    title: 'Un paso más',
    toProvider: 'Ahora pasa a su servicio de acceso para terminar allí.',
    toLogout: 'Ahora pasa a una página que termina de cerrar su sesión.',
    loggedIn: 'Ha iniciado sesión',
    toApplication: 'Ahora pasa a {application}.',
  },

  code: {
    addressTitle: 'Iniciar sesión por correo',
    addressText:
      'Escriba su dirección de correo electrónico. Recibirá un código para iniciar sesión; no hay contraseña.',
    address: 'Dirección de correo electrónico',
    sendCode: 'Enviarme un código',
    badAddress: 'No podemos escribir a esta dirección de correo. ¿Está completa?',
    codeTitle: 'Escriba el código que ha recibido',
    onItsWay: 'Si {email} puede iniciar sesión aquí, hay un mensaje con un código en camino.',
    onItsWayFor: 'Si {email} puede entrar aquí en {application}, hay un mensaje con un código en camino.',
    shown: 'Este bouncer no envía mensajes, los muestra: {mail}.',
    openMail: 'abrir el correo',
    again: 'Ha pedido más de un código: solo funciona el del mensaje más reciente.',
    code: 'Código',
    noMail:
      '¿No ha llegado nada en uno o dos minutos? Mire en la carpeta de correo no deseado y compruebe la dirección: solo escribimos a direcciones que tienen acceso.',
    newCode: 'Enviar un código nuevo',
    otherAddress: 'Usar otra dirección',
    delayed:
      'El servidor de correo no responde en este momento. Los códigos pueden tardar unos minutos en llegar.',
    faults: {
      'no-code':
        'El código no está completo. Solo tiene cifras: escríbalas todas, tal como están en el mensaje.',
      'used-before':
        'Alguien ya ha iniciado sesión con ese código: cada uno funciona una vez. ¿Ha pulsado dos veces el botón? Pida uno nuevo.',
      'wrong-code':
        'Ese código no ha funcionado. ¿Es el del mensaje más reciente? Los códigos valen 10 minutos, y solo en el navegador que los pidió.',
      'used-up': 'Han sido demasiados códigos erróneos. Pida uno nuevo y use ese.',
    },
  },

  mail: {
    title: 'Correo',
    heading: 'El correo de este bouncer',
    lead: 'Esto es una prueba en un solo equipo: no se envía ningún mensaje. Los {count} más recientes se guardan aquí hasta que bouncer se detenga.',
    none: 'Todavía no hay mensajes. Un código solo va a una dirección que una regla nombra, o cuyo dominio nombra: si no llega ninguno, el registro dice {event} y por qué.',
    gone: 'Este mensaje ya no se guarda.',
    to: 'Para {email}, {ago}',
    letter: 'Mensaje',
    asHtml: 'El mensaje en HTML',
    asText: 'Lo mismo en texto',
    look: 'Ver si hay mensajes nuevos',
    others: 'Otros mensajes',
    all: 'Mensajes',
  },

  stepUp: {
    keyTitle: 'Su llave de seguridad, por favor',
    loginTitle: 'Inicie sesión una vez más, por favor',
    asks: '{place} pide {wish}.',
    here: 'Lo que quiere ver',
    part: 'La parte de {application} que quiere ver',
    newLogin: 'que inicie sesión de nuevo',
    loginWithin: 'un inicio de sesión {within}, y el suyo es anterior',
    key: 'una llave de seguridad',
    keyWithin: 'una llave de seguridad usada {within}',
    within: {
      day: { one: 'en el último día', other: 'en los últimos {count} días' },
      hour: { one: 'en la última hora', other: 'en las últimas {count} horas' },
      minute: { one: 'en el último minuto', other: 'en los últimos {count} minutos' },
      second: { one: 'en el último segundo', other: 'en los últimos {count} segundos' },
    },
    keyNext:
      'A continuación, {provider} se la pide. Elija allí la llave si puede elegir; después vuelve adonde iba.',
    loginNext: 'A continuación, {provider} le pregunta quién es; después vuelve adonde iba.',
    stay: 'Mientras tanto, su sesión sigue abierta para todo lo demás.',
    goOnTo: 'Seguir en {provider}',
  },

  logout: {
    done: 'Ha cerrado la sesión',
    everywhere: 'En todas las aplicaciones de aquí, en este navegador.',
    providerGoesOn:
      'Su sesión en {provider} sigue abierta: quien use después este navegador podría volver a entrar sin contraseña. En un equipo compartido, ciérrela también allí y cierre el navegador.',
    provider:
      'En un equipo compartido, compruebe que también ha cerrado la sesión en {provider} y cierre el navegador.',
    providers:
      'En un equipo compartido, compruebe que también ha cerrado la sesión en su servicio de acceso y cierre el navegador.',
    doneHere: 'Ha cerrado la sesión aquí',
    hereOnly:
      'Nadie tiene la sesión iniciada aquí en este navegador. Puede que otras aplicaciones aún le reconozcan.',
    logOutEverywhere: 'Cerrar sesión en todas partes',
    half: {
      ended: 'Su sesión ha terminado aquí, en este navegador y en todos los lugares donde se usó.',
      unwritten:
        'Aún no se ha podido guardar, porque el almacenamiento de esta página no admite nada en este momento. Se intenta de nuevo cada segundo; en caso de duda, avise a quien administra este sitio e indique el número de abajo.',
      provider:
        'Su cuenta sigue abierta en el servicio de acceso. En un equipo compartido, cierre la sesión también allí y cierre el navegador.',
    },
    question: '¿Cerrar sesión?',
    ends: 'Así termina su sesión en todas las aplicaciones de aquí.',
    endsFor: 'Ha iniciado sesión como {person}. Al cerrarla, termina en todas las aplicaciones de aquí.',
    stay: 'Seguir con la sesión',
  },

  withheld: {
    title: 'Un clic más, si lo necesita',
    text: 'Ha iniciado sesión. Pero {provider} no nos dice si pertenece a {organizations}, así que las páginas reservadas a su gente siguen cerradas.',
    or: '{first} o {last}',
    singleSignOn:
      '{organization} tiene un inicio de sesión propio: use el botón de abajo, inicie sesión allí y permita que este sitio lo vea.',
    notApproved:
      '{organization} no ha aprobado este sitio. Use el botón de abajo y pídalo allí («Request» o «Grant»); alguien de sus propietarios tiene que aceptar.',
    logInTo: 'Iniciar sesión en {organization}',
    askFor: 'Pedir la aprobación de {organization}',
    again: 'Hecho: iniciar sesión de nuevo',
    without: 'Seguir sin eso',
  },

  sessions: {
    lead: 'Cada fila es un navegador. ¿No reconoce alguno? Ciérrelo y cambie la contraseña con la que inicia sesión o, si usa códigos, la de su correo.',
    list: 'Sus sesiones',
    loggedIn: 'Sesión iniciada {ago}',
    loggedInFrom: 'Sesión iniciada {ago} desde {place}',
    used: 'Usada {ago}',
    usedFor: 'Usada {ago}: {applications}',
    terminals: 'Terminales: {names}',
    thisBrowser: 'este navegador',
    end: 'Terminar',
    endOthers: 'Terminar todas las demás',
    endThis: '{action}: {browser}, este navegador',
    endOther: '{action}: {browser}, usada {ago}',
    hadEnded: 'Ya había terminado.',
    ended: { one: 'Ha terminado una sesión.', other: 'Han terminado {count} sesiones.' },
    letters:
      'Cuando alguien inicia sesión en su nombre en un navegador nuevo, se envía un mensaje a {email}.',
    noLetters:
      'Puede recibir un mensaje en {email} cada vez que alguien inicie sesión en su nombre en un navegador nuevo.',
    stopLetters: 'No enviarme esos mensajes',
    wantLetters: 'Enviarme esos mensajes',
  },

  tokens: {
    lead: 'Terminales en los que inició sesión y tokens que dio a programas. Termine lo que no reconozca o no necesite: deja de funcionar al instante.',
    none: 'No hay ninguno.',
    list: 'Programas',
    terminal: 'Terminal',
    everything: 'todo',
    since: 'desde el {day}',
    endsWithSession: 'termina con su sesión',
    endsWithOther: 'termina con su sesión (de otro navegador)',
    ends: 'termina el {day}; usado por última vez el {used}',
    endsUnused: 'termina el {day}; nunca usado',
    end: 'Terminar',
    endNamed: 'Terminar {name}',
    noApplication:
      'Ninguna de las aplicaciones que puede abrir admite tokens de personas. Quien la administra puede permitirlo en sus reglas.',
    formTitle: 'Un token para un programa',
    formText:
      'Para un calendario, archivos por WebDAV o un gestor de paquetes: todo lo que pide un nombre y una contraseña y no puede abrir una página. Puede hacer lo mismo que usted, en las aplicaciones que elija, y nada más.',
    name: 'Nombre',
    for: 'Para',
    endsAfter: 'Termina después de',
    days: { one: '{count} día', other: '{count} días' },
    asksAgain: 'Inició sesión hace un tiempo, así que primero se le pide que lo haga de nuevo.',
    make: 'Crear un token',
    faults: {
      'no-name': 'Póngale un nombre para reconocerlo después: el programa y el equipo.',
      'no-application': 'Elija al menos una aplicación.',
      'too-many': 'Tiene {count} tokens. Termine uno que ya no necesite.',
    },
    made: 'Su token',
    copy: 'Cópielo ahora en {name}: no se vuelve a mostrar. Sirve cualquier nombre; el token es la contraseña.',
    itEnds: 'Termina',
    withSession: 'con su sesión en este navegador',
    whySession:
      'Su servicio de acceso no permite preguntar más tarde si aún tiene acceso, así que el token no puede durar más.',
    copied: 'Ya lo he copiado',
  },

  terminal: {
    askTitle: '¿Permitir que un terminal actúe en su nombre?',
    askText:
      'Un programa de este equipo quiere iniciar sesión como {person}. Podría abrir aquí todo lo que usted puede abrir, hasta que termine su sesión.',
    askOnly: 'Siga solo si acaba de escribir {command} usted.',
    callsItself: 'Dice llamarse',
    runs: 'Dónde se ejecuta',
    onThisComputer: 'en este equipo',
    allow: 'Permitir',
    deny: 'No',
    goesOn: 'Su terminal está iniciando sesión',
    goesOnText: 'Esta página sigue hasta él por sí sola. Si no pasa nada, haga clic.',
    denied: 'No se ha permitido nada',
    deniedText: 'El terminal recibe esa respuesta. Puede cerrar esta página.',
    goOnTo: 'Seguir en el terminal',
    senseless: 'Este enlace no está completo',
    senselessText: 'Empiece de nuevo en su terminal, con {command}. Así se abre la página correcta.',
    deviceTitle: 'Iniciar sesión en un terminal',
    deviceText:
      'Escriba el código que muestra su propio terminal. Antes de permitir nada, verá quién lo pide.',
    deviceWarning:
      '¿Alguien le ha enviado un código o se lo ha dicho por teléfono? Entonces quiere entrar en su nombre.',
    closePage: 'Cierre esta página.',
    code: 'Código',
    faults: {
      wrong:
        'Ese código no ha funcionado. Los códigos valen cinco minutos y una vez: ¿es el que su terminal muestra ahora?',
      'too-many': 'Han sido demasiados intentos. Espere cinco minutos y pida a su terminal un código nuevo.',
    },
    deviceAskTitle: '¿Permitir que este terminal actúe en su nombre?',
    deviceAskText:
      'Quiere iniciar sesión como {person}, y podría abrir aquí todo lo que usted puede abrir, hasta que termine su sesión.',
    deviceAskOnly: 'Siga solo si el código está en una pantalla suya y fue usted quien empezó allí.',
    asksFrom: 'Lo pide desde',
    youAreAt: 'Usted está en',
    asked: 'Lo pidió',
    notKnown: 'no se sabe',
    elsewhere:
      'Lo pide desde una dirección distinta de la suya. Eso es normal para un servidor lejano, y para nada más.',
    loggedIn: 'Su terminal ha iniciado sesión',
    loggedInText: 'Sigue en unos segundos. Puede cerrar esta página.',
    off: 'Aquí no se usan códigos de terminales',
    offText: 'Ejecute {command} en el equipo donde está su navegador.',
  },

  key: {
    useTitle: 'Use su llave de seguridad',
    useForAnother: 'Antes de añadir otra llave, una de las que ya tiene confirma que es usted.',
    useText: 'Su llave confirma que es usted.',
    useFor: '{application} pide su llave de seguridad, para que nadie entre solo con su sesión.',
    use: 'Usar mi llave',
    addTitle: 'Añada su llave de seguridad',
    addAnotherTitle: 'Añada otra llave de seguridad',
    addText: 'A partir de entonces, las aplicaciones que piden una llave se abren con ella.',
    addAnotherText: 'Con una segunda llave no se queda fuera si pierde la primera. Guárdela en otro lugar.',
    addFor: '{application} pide una llave de seguridad, y aún no tiene ninguna aquí.',
    name: '¿Cómo la llama?',
    nameHint: 'Solo para usted, por ejemplo «azul, en mi llavero».',
    add: 'Añadir esta llave',
    howTo: [
      'Conecte la llave o acérquela a su teléfono.',
      'Escriba el PIN de la llave cuando se le pida.',
      'Toque la llave cuando parpadee.',
    ],
    states: {
      unscripted: 'Las llaves necesitan JavaScript, que está desactivado en este navegador o no se cargó.',
      ready: 'Tenga la llave a mano.',
      waiting: 'Su navegador pide ahora la llave.',
      sent: 'Gracias. Un momento.',
      cancelled:
        'No ha funcionado: se canceló o la llave aún no tiene PIN. Inténtelo de nuevo cuando quiera.',
      late: 'Se acabó el tiempo antes de que se tocara una llave. Inténtelo de nuevo cuando la tenga a mano.',
      known: 'Esta llave ya es una de las suyas. Use otra.',
      unsupported:
        'Este navegador no puede usar llaves de seguridad. Abra esta página en Firefox, Chrome, Edge o Safari, y no dentro de otra aplicación.',
    },
    noKey:
      '¿No tiene la llave a mano? Sirve cualquier otra de las suyas. ¿La ha perdido? Avise a quien administra este servicio: puede permitirle añadir otra.',
    notNow: 'Ahora no',
    added: 'La llave se ha añadido.',
    addSecond: 'Añada ahora una segunda, para no quedarse fuera si pierde la primera.',
    none: 'Aún no hay ninguna.',
    list: 'Sus llaves',
    addFirst: 'Añadir una llave',
    addAnother: 'Añadir otra llave',
    removeFirst: 'Para quitar una llave, {link}.',
    removeFirstLink: 'use antes una de las suyas',
    byInvitation: 'Las llaves se añaden por invitación. Pida una a quien administra este servicio.',
    addedOn: 'añadida el {day}',
    unused: 'aún sin usar',
    lastUsed: 'usada por última vez el {day}',
    badMake: 'Las llaves de este modelo ya no se admiten.',
    remove: 'Quitar',
    onlyKey:
      'Aquí hay páginas que le piden una llave, así que no puede quitar la única: añada antes otra. También puede quitarla quien administra este servicio.',
    removeOnly: 'Quitar mi única llave',
    removeNamed: 'Quitar {name}',
    removed: 'La llave se ha quitado',
    removedText: 'Por seguridad, su sesión se ha cerrado en todas partes.',
  },

  passkey: {
    useTitle: 'Iniciar sesión con llave de acceso',
    useText: 'Su navegador le pide la huella, la cara o el PIN de este dispositivo. No hay contraseña.',
    makeTitle: 'Cree su llave de acceso',
    makeText:
      'La invitación es para {email}. Con una llave de acceso inicia sesión con la huella, la cara o el PIN de su dispositivo, sin contraseña.',
    goodUntil: 'Es válida hasta el {day}.',
    notYou: '¿No es esta su dirección? Cierre esta página y avise a quien le envió el enlace.',
    name: '¿Cómo la llama?',
    nameHint: 'Por ejemplo, como el dispositivo en el que está: «teléfono».',
    make: 'Crear una llave de acceso',
    states: {
      unscripted:
        'Las llaves de acceso necesitan JavaScript, que está desactivado en este navegador o no se cargó.',
      ready: 'Es solo un momento.',
      waiting: 'Su navegador pide ahora la llave de acceso.',
      sent: 'Gracias. Un momento.',
      cancelled:
        'No ha funcionado: se canceló o en este dispositivo no hay una llave de acceso para esta página. Inténtelo de nuevo cuando quiera.',
      late: 'Se acabó el tiempo. Inténtelo de nuevo cuando quiera.',
      known: 'Este dispositivo ya tiene una llave de acceso suya para esta página.',
      unsupported:
        'Este navegador no puede usar llaves de acceso. Abra esta página en Firefox, Chrome, Edge o Safari, y no dentro de otra aplicación.',
    },
    added: 'Su llave de acceso está lista',
    addedText: 'Con ella inicia sesión como {email}. Pruébela ahora.',
    none: 'No hay ninguna.',
    otherWay:
      'Las llaves de acceso se muestran a quien ha entrado con una, y usted ha entrado de otra forma.',
    onlyOne: 'No puede quitar la única con la que puede iniciar sesión.',
    removeFirst: 'Para quitar una llave de acceso, {link}.',
    removeFirstLink: 'inicie sesión antes con una de las suyas',
    anotherDevice:
      'Para otro dispositivo, pida una invitación a quien administra este servicio. Los teléfonos y equipos de un mismo fabricante suelen compartir las llaves de acceso por sí solos.',
    madeOn: 'creada el {day}',
    goodTo: 'válida hasta el {day}',
    ended: 'caducó el {day}',
    over: 'Ya no sirve para iniciar sesión.',
    removed: 'La llave de acceso se ha quitado',
    removedText:
      'Por seguridad, su sesión se ha cerrado en todas partes. Su dispositivo aún guarda su mitad: bórrela allí, para que no se le vuelva a ofrecer.',
  },

  cookies: {
    cookies: 'Cookies',
    largest: 'Las más grandes',
    more: 'y {count} más',
    nameless: '(sin nombre)',
    bytes: '{count} bytes',
    delete: 'Borrar estas cookies',
    title: 'Cookies de este sitio',
    tooMany:
      'Este sitio y sus vecinos han dejado en su navegador más cookies de las que se pueden transmitir.',
    fine: 'Su navegador no envía demasiadas cookies aquí.',
  },

  keptForm: {
    title: '¿Enviar lo que escribió?',
    text: 'Su sesión había terminado cuando envió esto, y ha iniciado sesión de nuevo. Se envía una vez, tal como lo escribió, cuando pulse el botón.',
    send: 'Enviar ahora',
    discard: 'Descartar',
    to: 'Enviado a',
    size: 'Tamaño',
    until: 'Guardado hasta',
    toApplication: 'Ir a {application}',
    gone: {
      title: 'No hay nada que enviar',
      text: 'Lo que escribió no está aquí: ya se envió o se descartó, tiene más de una hora, o un formulario posterior ocupó su lugar. Quizá su navegador aún lo tenga: retroceda a la página desde la que lo envió.',
    },
    another: {
      title: 'Esto era de otra persona',
      text: 'Alguien con otra cuenta escribió lo que se guardaba aquí, así que se ha descartado y no se ha enviado.',
    },
    elsewhere: {
      title: 'Esto ya no se puede enviar',
      text: 'En esta dirección hay ahora otra aplicación distinta de aquella para la que escribió esto, así que se ha descartado y no se ha enviado.',
    },
    discarded: {
      title: 'Se ha descartado',
      text: 'Lo que escribió no se ha enviado, y no se guarda nada de ello.',
    },
  },

  popUp: {
    loggedIn: {
      title: 'Ha iniciado sesión',
      text: 'Puede cerrar esta ventana y seguir donde estaba.',
    },
    notLoggedIn: { title: 'No ha iniciado sesión', text: 'Inicie sesión, y esta ventana se cerrará sola.' },
  },

  access: {
    askLink: 'Pedir acceso',
    below: '{application}, por debajo de {path}',
    minutes: { one: '{count} minuto', other: '{count} minutos' },
    hours: { one: '{count} hora', other: '{count} horas' },
    days: { one: '{count} día', other: '{count} días' },
    ask: {
      lead: 'Puede pedir acceso a {what} por un tiempo limitado. Decide quien puede darlo.',
      purpose: '¿Para qué lo necesita?',
      hint: 'Una o dos frases, como mucho {count} caracteres, sin enlaces.',
      optional: 'No hace falta decirlo.',
      duration: '¿Durante cuánto tiempo?',
      send: 'Pedir',
      noPurpose: 'Diga para qué lo necesita.',
      tooLong: 'El texto tiene más de {count} caracteres.',
    },
    asked: {
      title: 'Petición enviada',
      byMail:
        'Se ha avisado por correo a quienes deciden. Recibirá un mensaje cuando lo hayan hecho, y puede mirar aquí.',
      byHand: 'Quienes deciden ven la petición en su página. Avíseles para que miren.',
      again:
        'Podrá pedirlo otra vez para esta aplicación cuando hayan respondido, o cuando su petición haya caducado.',
      since: 'Pedido el',
      until: 'Caduca el',
      why: 'Motivo',
      look: 'Mirar otra vez',
    },
    full: {
      title: 'Espere, por favor',
      text: 'Hay tantas peticiones pendientes que no se pueden aceptar más. Hable con quien administra esta aplicación o inténtelo más tarde.',
    },
    nothing: {
      title: 'No hay nada que pedir',
      text: 'Quizá ya tenga acceso, o aquí no se pueda pedir.',
      open: 'Abrir',
    },
    approvals: {
      title: 'Quién pide acceso',
      lead: 'Delo solo a personas que conozca y por un motivo que entienda. Termina por sí solo.',
      none: 'No hay peticiones pendientes.',
      list: 'Peticiones',
      wants: '{what}, durante {duration}',
      noPurpose: 'No se ha indicado el motivo.',
      given: 'Accesos concedidos',
      until: '{what}, hasta {time}',
      by: 'concedido por {who}',
      give: 'Dar acceso',
      refuse: 'Rechazar',
      end: 'Terminar',
      about: '{action}: {who}, {what}',
      here: 'la petición de su correo',
    },
    outcomes: {
      given: 'Se ha dado acceso.',
      refused: 'Ha rechazado la petición.',
      gone: 'Esa petición está cerrada: alguien respondió, o ha caducado.',
      own: 'Esa petición es suya. Tiene que decidir otra persona.',
      notTheirs: 'No le corresponde decidir sobre eso.',
      stepUp: 'Puede que haya más sobre lo que decidir: antes hace falta un paso más.',
      otherLogin: 'Sobre eso decide con otro inicio de sesión, no con el que tiene ahora.',
      ended: 'El acceso ha terminado.',
    },
  },

  denial: {
    nobody: 'Esto no está abierto para usted, y un inicio de sesión no lo cambiaría.',
    missing: 'Lo que falta: {what}.',
    rule: 'El motivo: {reason}.',
    or: '{first} o bien {last}',
    and: '{first}, y además {last}',
    either: '{first}; o bien {last}',
    other: 'otra cosa',
    lacks: {
      address: 'una dirección distinta de la suya',
      confirmed_address: 'una dirección de correo que su servicio de acceso haya confirmado',
      group: 'un grupo al que su cuenta no pertenece',
      group_out: 'una cuenta fuera de un grupo al que pertenece la suya',
      known_group: 'un grupo, y su servicio de acceso no dice a cuáles pertenece usted',
      claim: 'algo distinto en lo que su servicio de acceso dice de su cuenta',
      login_method: 'un inicio de sesión de otra manera',
      auth_method: 'un inicio de sesión con otra prueba de quién es usted',
      network: 'una red distinta de aquella desde la que viene',
      country: 'un país distinto de aquel desde el que viene',
      time: 'otro día u otra hora',
      method: 'una petición de otro tipo, como una que solo lea',
      grant: 'acceso por un tiempo, que alguien da',
      program: 'un token de un programa, porque esto no es para personas',
    },
  },

  refusals: {
    notGiven: { title: noAccess, text: 'Su cuenta no tiene acceso a esto.', hint: askWhoRunsIt },
    ruleSaysNo: {
      title: noAccess,
      text: 'Una regla de esta aplicación no admite esta petición.',
      hint: askWhoRunsIt,
    },
    accessEnded: {
      title: noAccess,
      text: 'Su acceso terminó mientras la aplicación trabajaba.',
      hint: askWhoRunsIt,
    },
    uncheckable: {
      title: 'No hemos podido comprobar su acceso',
      text: 'Algo ha fallado al comprobar su acceso, así que no se ha dejado entrar a nadie. Inténtelo de nuevo.',
      hint: tellWhoRunsIt,
    },
    login: {
      title: 'Inicie sesión, por favor',
      text: 'No ha iniciado sesión aquí, o su sesión ha terminado.',
      hint: sendAgain,
    },
    formKept: {
      title: 'Inicie sesión de nuevo, por favor',
      text: 'Su sesión había terminado cuando envió esto. No se ha perdido nada: lo que escribió se guarda durante una hora, y puede enviarlo cuando haya iniciado sesión.',
      hint: null,
    },
    formTooLarge: {
      title: 'Inicie sesión primero, por favor',
      text: 'Su sesión había terminado cuando envió esto, y es demasiado grande para guardarlo mientras tanto.',
      hint: 'Inicie sesión en una pestaña nueva. Después vuelva aquí, retroceda a la página desde la que lo envió y envíelo otra vez: la mayoría de los navegadores aún tienen lo que escribió.',
    },
    securityKey: {
      title: 'Su llave de seguridad, por favor',
      text: 'Esta parte pide una llave de seguridad. Inicie sesión de nuevo y use la suya.',
      hint: sendAgain,
    },
    freshLogin: {
      title: 'Inicie sesión de nuevo, por favor',
      text: 'Esta parte pide un inicio de sesión reciente, y el suyo fue hace un tiempo.',
      hint: sendAgain,
    },
    loginFailed: {
      title: 'El inicio de sesión no se completó',
      text: 'Nadie ha iniciado sesión. Empiece de nuevo desde la página que quería ver.',
      hint: null,
    },
    badToken: {
      title: 'Ese token no funciona aquí',
      text: 'El programa envió un token que no es válido para esto, así que no se ha dejado pasar nada.',
      hint: null,
    },
    foreignHandshake: {
      title: otherSite,
      text: 'Otro sitio intentó abrir en su nombre una conexión con esta aplicación. Se ha impedido.',
      hint: null,
    },
    foreignForm: {
      title: otherSite,
      text: 'Otro sitio intentó hacer esto en su nombre. Se ha impedido, y no ha cambiado nada.',
      hint: null,
    },
    senseless: {
      title: 'Esta dirección no se puede abrir',
      text: 'Podía leerse de más de una manera, o una parte de lo enviado está mal formada, así que no se ha transmitido. Escríbala de nuevo. Un enlace que siempre lleva aquí está roto: avise a quien lo hizo.',
      hint: null,
    },
    nothingHere: {
      title: 'Esta página no existe',
      text: 'No hay nada en esta dirección. Compruebe si tiene algún error, o empiece por lo que puede abrir.',
      hint: null,
    },
    unknownHost: {
      title: 'No hay ninguna aplicación en esta dirección',
      text: 'Este servicio no conoce el nombre de la dirección. Compruebe si tiene algún error. Si es correcto, la aplicación se llama ahora de otra manera o aún no está lista.',
      hint: 'Si debería estar aquí, indique el número de referencia de abajo a quien administra este servicio.',
    },
    notThisWay: {
      title: 'Eso no se puede hacer aquí',
      text: 'La dirección es correcta, pero lo que se le pide no es posible.',
      hint: null,
    },
    notOnOffer: {
      title: 'Eso no es posible aquí',
      text: 'La petición usa algo que este servicio no hace.',
      hint: null,
    },
    tooLarge: {
      title: 'Es demasiado grande',
      text: 'Lo que se envió es más grande de lo que aquí se permite.',
      hint: null,
    },
    tooLong: { title: 'La dirección es demasiado larga', text: 'Use una más corta, por favor.', hint: null },
    tooMuch: {
      title: 'Su navegador ha enviado demasiado',
      text: 'Borrar las cookies de este sitio suele ayudar.',
      hint: null,
    },
    cookies: {
      title: 'Demasiadas cookies',
      text: 'Este sitio y sus vecinos han dejado en su navegador más cookies de las que se pueden transmitir.',
      hint: 'Borrarlas aquí puede cerrar su sesión en algunas aplicaciones y no cambia nada más. Si siguen volviendo, indique sus nombres a quien administra este servicio.',
    },
    tooSlow: {
      title: 'Ha tardado demasiado',
      text: 'La petición no llegó a tiempo. Inténtelo de nuevo.',
      hint: null,
    },
    loop: {
      title: 'La aplicación no está bien configurada',
      text: 'Lo que debería llevar a ella lleva de vuelta aquí. Quien la administra puede ver el motivo en el registro.',
      hint: tellWhoRunsIt,
    },
    noAnswer: {
      title: 'La aplicación no responde',
      text: 'Está en el lugar correcto, pero la aplicación no funciona o no se puede alcanzar. Inténtelo de nuevo en un momento.',
      hint: tellWhoRunsIt,
    },
    brokenAnswer: {
      title: 'La aplicación dio una respuesta defectuosa',
      text: 'Está en el lugar correcto, pero no se ha podido transmitir lo que envió la aplicación.',
      hint: tellWhoRunsIt,
    },
    slowAnswer: {
      title: 'La aplicación es demasiado lenta',
      text: 'No respondió a tiempo. Inténtelo de nuevo en un momento.',
      hint: tellWhoRunsIt,
    },
    busy: {
      title: 'La aplicación está ocupada',
      text: 'Hay demasiadas peticiones a la vez. Inténtelo de nuevo en un momento.',
      hint: tellWhoRunsIt,
    },
    maintenance: {
      title: 'En mantenimiento',
      text: 'Tiene acceso a esta aplicación, que está cerrada un tiempo porque se trabaja en ella. Vuelva más tarde, por favor.',
      hint: null,
    },
    noStore: {
      title: 'No podemos comprobar quién es',
      text: 'Ahora mismo no se pueden consultar las sesiones. Inténtelo de nuevo en un momento.',
      hint: tellWhoRunsIt,
    },
    noProvider: {
      title: 'El servicio de acceso no responde',
      text: 'Ahora mismo nadie puede iniciar sesión. Quien ya la ha iniciado puede seguir.',
      hint: tellWhoRunsIt,
    },
    unexpected: {
      title: 'Algo ha fallado por nuestra parte',
      text: 'No es culpa suya. Inténtelo de nuevo en un momento.',
      hint: tellWhoRunsIt,
    },
  },
  logInInNewTab: 'Iniciar sesión en una pestaña nueva',

  reasons: {
    'token-invalid': 'el token no es válido (o ha dejado de serlo)',
    'token-expired': 'el token, o este secreto suyo, ha terminado',
    'token-in-url':
      'un token no debe ir en una dirección, donde queda escrito: envíelo en un campo de cabecera',
    'token-elsewhere': 'el token es para otras aplicaciones',
    'credentials-ambiguous':
      'la petición dice de más de una manera quién la envía: un token además de una sesión, o dos tokens',
    'too-many-attempts': 'desde esta dirección han llegado demasiados tokens erróneos: espere',
    'logout-unconfirmed':
      'aquí se pregunta a la persona antes de cerrar su sesión: abra `logout_url` como página',
    'method-not-allowed': 'la página de bouncer admite otros métodos',
    'check-unclear': 'el servidor de delante no dice, o dice de más de una manera, por qué petición pregunta',
    'identity-claimed': 'un campo de cabecera afirma una identidad, que el servidor de delante transmitiría',
    'malformed-request': 'la petición no es HTTP',
    'request-timeout': 'la petición no llegó a tiempo',
    'version-unsupported': 'esta versión de HTTP no se admite',
    'method-unknown': 'este método no se conoce',
    'method-refused': 'este método no está permitido',
    'url-too-long': 'la dirección es demasiado larga',
    'headers-too-many': 'la petición tiene demasiados campos de cabecera',
    'headers-too-large': 'los campos de cabecera de la petición son demasiado grandes',
    'header-name-invalid': 'un campo de cabecera tiene un nombre no válido',
    'header-name-disguised': 'un campo de cabecera imita a uno de los que delimitan el mensaje',
    'method-overridden': 'una cabecera indica un método distinto del que miran las reglas',
    'header-value-invalid': 'un campo de cabecera tiene un valor no válido',
    'header-repeated': 'un campo de cabecera que solo puede aparecer una vez está repetido',
    'host-missing': 'la petición no indica ningún host',
    'host-repeated': 'la petición indica más de un host',
    'host-invalid': 'el host de la petición no es válido',
    'expectation-unknown': 'no se puede cumplir lo que espera la petición',
    'upgrade-refused': 'la aplicación no cambia a este protocolo',
    'websocket-invalid': 'el inicio del WebSocket no es válido',
    'body-too-large': 'el cuerpo de la petición es demasiado grande',
    'chunk-extensions-too-large': 'los trozos del cuerpo llevan demasiado además de él',
    'content-length-invalid': 'la longitud del cuerpo no es un número simple',
    'content-length-repeated': 'la longitud del cuerpo se indica más de una vez',
    'transfer-encoding-invalid': 'la codificación de transferencia del cuerpo no se admite',
    'framing-ambiguous': 'el final del cuerpo se indica de dos maneras',
    'upgrade-with-body': 'una petición que cambia de protocolo no puede tener cuerpo',
    'target-not-path': 'la dirección de la petición no es una ruta',
    'target-foreign': 'la dirección de la petición indica otro host',
    'target-fragment': 'la dirección de la petición tiene un fragmento',
    'target-character': 'la dirección de la petición tiene un carácter no permitido',
    'destination-invalid': 'el destino de la petición no es una dirección de aquí',
    'path-encoding': 'la ruta de la petición no está bien codificada',
    'path-control': 'la ruta de la petición tiene un carácter de control codificado',
    'path-above-root': 'la ruta de la petición sube por encima de su raíz',
    'path-ambiguous': 'la ruta de la petición se puede leer de más de una manera',
    connection_login:
      'la aplicación autentica la conexión (NTLM, Negotiate), lo que solo funciona por HTTP/1.1 sin otro proxy delante de bouncer',
  },

  emailFaults: {
    'email-missing':
      'El servicio con el que inició sesión no envió ninguna dirección de correo (email-missing).',
    'email-malformed':
      'La dirección de correo que envió su servicio no se puede usar, así que aquí no cuenta (email-malformed).',
    'email-not-verified':
      'El servicio con el que inició sesión no dice que su dirección de correo se haya comprobado, así que aquí no cuenta (email-not-verified).',
    'email-outside-provider':
      'El servicio con el que inició sesión no responde por su dirección de correo, así que aquí no cuenta (email-outside-provider).',
  },

  problems: {
    'bad-request': {
      title: 'Este enlace de inicio de sesión no funciona',
      text: 'La dirección está incompleta o cambió por el camino. Empiece de nuevo desde la página que quería ver.',
      button: 'Empezar de nuevo',
    },
    'unknown-provider': {
      title: 'Esta forma de iniciar sesión ya no existe',
      text: 'El servicio de acceso de este enlace ya no se usa aquí. Puede elegir otro.',
      button: 'Ver cómo iniciar sesión',
    },
    expired: {
      title: 'Se acabó el tiempo para iniciar sesión',
      text: 'Hay que terminar en unos minutos, y esta vez no fue así. No se ha perdido nada: inicie sesión de nuevo.',
      button: 'Iniciar sesión de nuevo',
    },
    'already-used': {
      title: 'Este inicio de sesión ya se usó',
      text: 'Cada enlace funciona una vez. Esto ocurre con el botón de volver o al cargar una página de nuevo. Es muy posible que su sesión ya esté iniciada.',
      button: 'Continuar',
    },
    'other-browser': {
      title: 'Este inicio de sesión empezó en otro lugar',
      text: 'Empezó en otro navegador, o este navegador no conservó su cookie. Para su protección, no se puede terminar aquí. Empiece de nuevo y permita las cookies de este sitio.',
      button: 'Iniciar sesión aquí',
    },
    'other-person': {
      title: 'Esa era otra cuenta',
      text: 'El token es para la cuenta que tiene la sesión aquí, y su servicio de acceso envió otra. No se ha creado nada. Elija allí la misma cuenta.',
      button: 'Volver a sus tokens',
    },
    'refused-by-provider': {
      title: 'El inicio de sesión no se completó',
      text: 'El servicio de acceso dijo que no, o usted volvió atrás antes de terminar. Puede intentarlo de nuevo o elegir allí otra cuenta.',
      button: 'Intentar de nuevo',
    },
    'provider-unavailable': {
      title: 'El servicio de acceso no responde',
      text: 'Por eso nadie puede iniciar sesión ahora mismo. Quien ya la ha iniciado puede seguir. Inténtelo de nuevo en un momento.',
      button: 'Intentar de nuevo',
    },
    'provider-answer-invalid': {
      title: 'No hemos podido verificar este inicio de sesión',
      text: 'Lo que envió el servicio de acceso no pasó nuestras comprobaciones, así que nadie ha iniciado sesión. Si intentarlo de nuevo no ayuda, indique el número de referencia de abajo a quien administra este servicio.',
      button: 'Intentar de nuevo',
    },
    'hardware-key-not-confirmed': {
      title: 'No se usó ninguna llave de seguridad',
      text: 'La página que quiere ver pide una llave de seguridad, y el servicio de acceso no confirmó que usara una. Inténtelo de nuevo y elija la llave cuando se le pida.',
      button: 'Intentar con mi llave',
    },
    'fresh-login-not-confirmed': {
      title: 'Hace falta un nuevo inicio de sesión',
      text: 'La página que quiere ver pide un inicio de sesión reciente, pero el servicio de acceso le dejó pasar sin volver a preguntar. Cierre la sesión allí e inténtelo de nuevo.',
      button: 'Intentar de nuevo',
    },
    'too-many-tries': {
      title: 'Espere un poco, por favor',
      text: 'Ha habido muchos intentos de iniciar sesión desde donde está, así que no se admiten más durante diez minutos. No tiene que ver con su dirección. Su código más reciente vale hasta entonces.',
      button: 'Volver',
    },
    'logout-expired': {
      title: 'No se ha cerrado ninguna sesión',
      text: 'La pregunta de si cerrar la sesión vale diez minutos, y esta es más antigua o su dirección está incompleta. Aún no ha cambiado nada.',
      button: 'Empezar de nuevo',
    },
    'person-blocked': {
      title: 'Esta cuenta no puede iniciar sesión aquí',
      text: 'Quien administra este servicio lo ha cerrado para esta cuenta. Si cree que es un error, pregunte e indique el número de referencia de abajo.',
      button: 'Usar otra cuenta',
    },
    'too-many-failures': {
      title: 'Espere un minuto, por favor',
      text: 'Muchos inicios de sesión desde donde está, o con este servicio de acceso, han fallado, así que este no se ha terminado. A su cuenta no le pasa nada.',
      button: 'Intentar de nuevo',
    },
    'key-answer-invalid': {
      title: 'Esa llave no respondió como debía',
      text: 'No ha cambiado nada. Inténtelo de nuevo: conecte la llave, escriba su PIN cuando se le pida y tóquela. Si sigue sin funcionar, indique el número de referencia de abajo a quien administra este servicio.',
      button: 'Intentar de nuevo',
    },
    'key-built-in': {
      title: 'Esta llave es parte de su dispositivo',
      text: 'Respondió su propio teléfono o equipo. Aquí hace falta una llave de seguridad aparte: una que se conecta o se acerca al dispositivo.',
      button: 'Intentar con otra llave',
    },
    'key-not-bound': {
      title: 'Esta llave se puede copiar',
      text: 'Respondió una llave de acceso que su cuenta copia en otros dispositivos. Aquí hace falta una llave de seguridad aparte, cuyo secreto nunca sale de ella.',
      button: 'Intentar con otra llave',
    },
    'key-not-known': {
      title: 'Esta llave no es una de las suyas',
      text: 'La llave que respondió no pertenece a la cuenta con la que ha iniciado sesión. Use una que sí, o inicie sesión con la cuenta a la que pertenece.',
      button: 'Intentar con otra llave',
    },
    'keys-of-another-host': {
      title: 'Sus llaves son de una dirección anterior de este servicio',
      text: 'Este servicio cambió de dirección después de que se añadieran sus llaves, y una llave de seguridad solo responde a la dirección para la que se añadió. A su llave no le pasa nada. Pida a quien administra este servicio que quite las llaves de su cuenta y le envíe otra invitación; puede usar la misma llave.',
      button: 'Volver',
    },
    'key-copied': {
      title: 'Algo no va bien con esta llave',
      text: 'La llave dice que se usó menos veces de las que sabemos. Puede que exista una copia, así que se ha rechazado. Avise a quien administra este servicio e indique el número de referencia de abajo.',
      button: 'Intentar con otra llave',
    },
    'key-make-refused': {
      title: 'Las llaves de este modelo ya no se admiten',
      text: 'Su fabricante o la FIDO Alliance dice que las llaves de este modelo no son seguras. A su cuenta no le pasa nada; necesita otra llave. ¿No tiene ninguna otra aquí? Pida a quien administra este servicio que quite esta y le invite de nuevo.',
      button: 'Intentar con otra llave',
    },
    'key-of-other-make': {
      title: 'Se pide otro tipo de llave',
      text: 'Ha usado una llave de seguridad, y es buena. Pero esta página solo admite llaves de ciertos modelos, y la suya es de otro, o se añadió antes de que se pudiera saber su modelo. Si tiene una que sirva, use esa. Si no, pregunte a quien administra este servicio qué llaves se admiten.',
      button: 'Usar otra llave',
    },
    'key-question-over': {
      title: 'Ha tardado demasiado',
      text: 'Una llave tiene dos minutos para responder, para que nadie pueda usar una respuesta antigua. No se ha perdido nada: inténtelo de nuevo cuando la tenga a mano.',
      button: 'Intentar de nuevo',
    },
    'last-key': {
      title: 'Es su única llave',
      text: 'Aquí hay páginas que le piden una llave, y sin ninguna ya no podría abrirlas. Añada antes otra. ¿Ya no usa este servicio, o esta llave no debe valer más? Avise a quien lo administra: puede quitarla.',
      button: 'Ver mis llaves',
    },
    'last-passkey': {
      title: 'Es su única llave de acceso',
      text: 'Con ella inicia sesión, y sin ella no podría volver. Pida antes a quien administra este servicio una invitación para crear otra, o que quite esta.',
      button: 'Ver mis llaves de acceso',
    },
    'key-not-added': {
      title: 'La llave no se ha añadido',
      text: 'Ya estaba añadida, o en el mismo momento se añadió otra. Eche un vistazo a sus llaves.',
      button: 'Ver mis llaves',
    },
    'key-needed-first': {
      title: 'Use antes una de sus llaves',
      text: 'Solo quita una llave quien tiene a mano una de las suyas. Use una y después quite la otra.',
      button: 'Ver mis llaves',
    },
    'no-key-enrolled': {
      title: 'Aún no tiene aquí una llave de seguridad',
      text: 'Esta página pide una llave de seguridad, y su cuenta no tiene ninguna. Las llaves se añaden por invitación: pida una a quien administra este servicio.',
      button: 'Volver',
    },
    'too-many-keys': {
      title: 'Ya tiene diez llaves',
      text: 'Es el máximo para una persona. Quite una que ya no use.',
      button: 'Ver mis llaves',
    },
    'invitation-over': {
      title: invitationOver,
      text: 'Una invitación funciona una vez y durante un día. Si no la usó usted, dígaselo a quien la envió. Si no, pida una nueva.',
      button: 'Ver mis llaves',
    },
    'invitation-of-another': {
      title: 'Esta invitación es para otra dirección',
      text: 'Se hizo para alguien con una dirección de correo distinta de aquella con la que ha iniciado sesión. Inicie sesión con esa dirección o pida una invitación propia.',
      button: 'Ver mis llaves',
    },
    'passkey-answer-invalid': {
      title: 'La llave de acceso no inició su sesión',
      text: 'Lo que envió su navegador no es una respuesta válida de una llave de acceso para esta página. Empiece de nuevo; si vuelve a pasar, avise a quien administra este servicio e indique el número de referencia de abajo.',
      button: 'Intentar de nuevo',
    },
    'passkey-not-known': {
      title: 'Esta llave de acceso no se conoce aquí',
      text: 'Se quitó, o se creó para otro sitio o en otro momento. Puede borrarla de su teléfono o gestor de contraseñas. Las llaves de acceso se crean por invitación: pida una a quien administra este servicio.',
      button: 'Intentar de nuevo',
    },
    'passkey-over': {
      title: 'El tiempo de esta llave de acceso ha terminado',
      text: 'Se creó para un tiempo. Quien administra este servicio puede invitarle a crear una nueva.',
      button: 'Intentar de nuevo',
    },
    'passkey-invitation-over': {
      title: invitationOver,
      text: 'Una invitación funciona una vez y durante un día. Si no la usó usted, dígaselo enseguida a quien la envió. Si no, pida una nueva.',
      button: 'Ir a la página de inicio',
    },
    'store-unavailable': {
      title: 'Ahora mismo no se puede iniciar sesión',
      text: 'En este momento no se puede guardar un inicio de sesión. No es culpa suya, y quien ya la ha iniciado puede seguir. Inténtelo de nuevo en un momento.',
      button: 'Intentar de nuevo',
    },
  },
  chooseHow: 'Elegir cómo iniciar sesión',
  otherWay: 'Hay más de una forma de iniciar sesión aquí: puede usar otra.',

  letters: {
    site: 'Sitio',
    for: 'Para',
    when: 'Cuándo',
    askedFor: 'Pedido el',
    with: 'Con',
    by: 'Mediante',
    doneBy: 'Por',
    address: 'Dirección',
    key: 'Llave',
    operator: 'quien administra este sitio',
    code: {
      subject: 'Su código para {name}',
      title: '{pin} es su código para iniciar sesión en {name}.',
      longer: 'Es más largo de lo habitual, porque alguien ha estado probando códigos.',
      typeIt: 'Escríbalo en la página que lo pidió. Vale {minutes} minutos y funciona una vez.',
      never:
        'No se lo dé nunca a nadie, ni siquiera a quien diga ser de {site}: quien lo tenga puede iniciar sesión en su nombre.',
      closing: '¿No lo ha pedido? Entonces no tiene que hacer nada: sin este código no entra nadie.',
    },
    share: {
      subject: '{who} comparte una página con usted',
      title: '{who} comparte con usted una página de su propio ordenador.',
      open: 'La dirección está abajo: ábrala en el navegador e inicie sesión como {email}. Solo pueden verla las personas que {who} nombró.',
      warning:
        'La página es de quien la comparte, y no de {site}. Nunca necesita una contraseña de {site}: si le pide una, ciérrela.',
      logInAt: 'Inicia sesión en',
      until: 'Hasta',
      closing: '¿No conoce a {who}? Entonces no hay nada que hacer ni que abrir.',
      somebody: 'Alguien con una cuenta en {site}',
    },
    login: {
      subject: 'Un nuevo inicio de sesión en {site}',
      title: 'Alguien ha iniciado sesión en su nombre, en un navegador del que aún no le habíamos avisado.',
      wasYou: '¿Ha sido usted? Entonces no tiene que hacer nada.',
      notYou:
        '¿No ha sido usted? Abra {site} como siempre, vaya a «Dónde tiene la sesión iniciada» y termine lo que no reconozca. Después cambie la contraseña con la que inicia sesión y avise a quien administra el sitio.',
      closing: 'Recibe este mensaje porque lo pidió en la página «Dónde tiene la sesión iniciada».',
    },
    access: {
      askSubject: '{email} pide acceso a {application}',
      askTitle: 'Alguien pide acceso a {what}.',
      doYouKnow:
        '¿Sabe quién es y para qué lo necesita? Entonces abra la petición, inicie sesión y diga sí o no. Antes de eso no se da nada.',
      doNothing: 'Si no conoce a la persona, no haga nada: la petición caduca por sí sola.',
      link: 'Ver la petición',
      who: 'Quién',
      why: 'Motivo',
      noPurpose: 'no se ha indicado',
      askClosing:
        'Recibe este mensaje porque las reglas de {site} le nombran entre quienes deciden sobre ello.',
      givenSubject: 'Tiene acceso a {application}',
      givenTitle: 'Se le ha dado acceso a {what}.',
      given: 'Ábralo como antes. El acceso termina por sí solo.',
      until: 'Hasta',
      refusedSubject: 'Sin acceso a {application}',
      refusedTitle: 'No se le ha dado acceso a {what}.',
      refused: 'Si todavía lo necesita, hable con quien lo administra.',
      answerClosing: 'Recibe este mensaje porque pidió acceso en {site}.',
    },
    keys: {
      hardware_key_enrolled: {
        subject: 'Se ha añadido una llave de seguridad a su cuenta en {site}',
        title: 'Se ha añadido una llave de seguridad a su cuenta.',
        closing:
          '¿No ha sido usted? Avise enseguida a quien administra este sitio: otra persona puede hacerse pasar por usted.',
      },
      hardware_key_removed: {
        subject: 'Se ha quitado una llave de seguridad de su cuenta en {site}',
        title:
          'Se ha quitado una llave de seguridad de su cuenta, y su sesión se ha cerrado en todas partes.',
        closing: '¿No ha sido usted? Avise enseguida a quien administra este sitio.',
      },
      passkey_enrolled: {
        subject: 'Se ha añadido una llave de acceso a su cuenta en {site}',
        title:
          'Se ha añadido una llave de acceso a su cuenta. Quien la tenga puede iniciar sesión en su nombre.',
        closing: '¿No ha sido usted? Avise enseguida a quien administra este sitio.',
      },
      passkey_removed: {
        subject: 'Se ha quitado una llave de acceso de su cuenta en {site}',
        title: 'Se ha quitado una llave de acceso de su cuenta, y su sesión se ha cerrado en todas partes.',
        closing: '¿No ha sido usted? Avise enseguida a quien administra este sitio.',
      },
    },
  },
};
