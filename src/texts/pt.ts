// The texts in Portuguese, as people in Portugal and Brazil both read it: words that the two write or say apart are left out (contacto,
// ecrã, registar, telemóvel, palavra-passe, and what is about to happen). Nobody is addressed by a pronoun; the tone is polite.
//
// log in: entrar; log out: sair; session: sessão · application: aplicação · login service: serviço de autenticação · security key: chave
// de segurança; passkey: chave de acesso · token: token · code: código · request number: número de referência · whoever runs this
// service: quem administra este serviço · browser: navegador
import type { Texts } from './texts-shape.ts';

const askWhoRunsIt =
  'Se acha que deveria ter acesso, fale com quem administra este serviço e indique o número de referência abaixo.';
const tellWhoRunsIt =
  'Se continuar assim, indique a quem administra este serviço o número de referência abaixo.';
const sendAgain =
  'O que enviou não chegou. Abra outra janela do navegador e entre lá, volte aqui e recarregue esta página: assim, tudo é enviado outra vez.';
const invitationOver = 'Este convite já não é válido';
const noAccess = 'Não tem acesso';
const otherSite = 'Isto veio de outro site';

export const pt: Texts = {
  language: 'pt',

  common: {
    startPage: '{brand}, página inicial',
    requestNumber: 'Número de referência',
    loggedInAs: 'Sessão de',
    reason: 'Motivo',
    application: 'Aplicação',
    contact: 'A quem perguntar',
    seeWhatYouCanOpen: 'Ver o que pode abrir',
    tryAgain: 'Tentar novamente',
    continue: 'Continuar',
    goOn: 'Avançar',
    logIn: 'Entrar',
    logInAgain: 'Entrar novamente',
    logInAnotherWay: 'Entrar de outra forma',
    logInAsSomeoneElse: 'Entrar com outra conta',
    logOut: 'Sair',
    onYourWayTo: 'Vai entrar em {application}.',
    yourAccount: 'A sua conta',
    yourApplications: 'As suas aplicações',
    whereLoggedIn: 'Onde tem sessão aberta',
    programsActingAsYou: 'Programas que agem em seu nome',
    yourKeys: 'As suas chaves de segurança',
    yourPasskeys: 'As suas chaves de acesso',
  },

  ago: {
    justNow: 'agora mesmo',
    second: { one: 'há {count} segundo', other: 'há {count} segundos' },
    minute: { one: 'há {count} minuto', other: 'há {count} minutos' },
    hour: { one: 'há {count} hora', other: 'há {count} horas' },
    day: { one: 'há {count} dia', other: 'há {count} dias' },
  },

  browser: {
    unknown: 'um navegador',
    on: '{browser} no {system}',
    unknownOn: 'um navegador no {system}',
    systems: {
      iphone: 'iPhone',
      ipad: 'iPad',
      android: 'Android',
      windows: 'Windows',
      chromeos: 'ChromeOS',
      mac: 'Mac',
      linux: 'Linux',
    },
  },

  ways: { email: 'Código por e-mail', passkey: 'Chave de acesso' },

  start: {
    welcome: 'Boas-vindas',
    purpose:
      'Esta é a porta de entrada das aplicações que estão por trás dela. Entre uma vez e todas aquelas a que tem acesso ficam abertas.',
    openToEverybody: 'Abertas a todas as pessoas: {applications}.',
    whoYouAre: 'Quem é',
    asksForMore: 'pede mais um passo',
    nothing: {
      title: 'Nada está aberto para esta conta',
      who: 'Entrou como {person}, e por agora não há nada aqui para esta conta.',
      hint: 'Se tem outra conta, entre com essa. Caso contrário, peça a quem administra este serviço que dê acesso a esta.',
    },
  },

  chooser: {
    title: 'Entrar',
    choose: 'Escolha como.',
    chooseFor: 'Vai entrar em {application}. Escolha como.',
    ways: 'Formas de entrar',
    opens: 'Abre {applications}',
    alsoOpens: 'Abre também {applications}',
    and: '{first} e {last}',
    more: 'mais {count}',
    silent: 'não responde agora',
    last: 'usado da última vez',
  },

  hop: {
    title: 'Mais um passo',
    toProvider: 'Segue agora para o seu serviço de autenticação, para concluir lá.',
    toLogout: 'Segue agora para uma página que conclui a saída.',
    loggedIn: 'A sua sessão está aberta',
    toApplication: 'Segue agora para {application}.',
  },

  code: {
    addressTitle: 'Entrar por e-mail',
    addressText: 'Escreva o seu endereço de e-mail. Recebe um código para entrar; não há senha.',
    address: 'Endereço de e-mail',
    sendCode: 'Enviar-me um código',
    badAddress: 'Não conseguimos escrever para este endereço de e-mail. Está completo?',
    codeTitle: 'Escreva o código que recebeu',
    onItsWay: 'Se {email} pode entrar aqui, uma mensagem com um código está a caminho.',
    onItsWayFor: 'Se {email} pode entrar em {application}, uma mensagem com um código está a caminho.',
    shown: 'Este bouncer não envia mensagens, mostra-as: {mail}.',
    openMail: 'abrir o correio',
    again: 'Pediu mais de um código: só funciona o da mensagem mais recente.',
    code: 'Código',
    noMail:
      'Nada chegou depois de um ou dois minutos? Procure na pasta de spam e veja se o endereço está certo: só enviamos mensagens a endereços que têm acesso.',
    newCode: 'Enviar um novo código',
    otherAddress: 'Usar outro endereço',
    delayed:
      'De momento, o servidor de e-mail não responde. Os códigos podem demorar alguns minutos a chegar.',
    faults: {
      'no-code':
        'Este código não está completo. Só tem algarismos: escreva-os todos, tal como estão na mensagem.',
      'used-before':
        'Alguém já entrou com este código: cada um funciona uma vez. Carregou duas vezes no botão? Peça um novo.',
      'wrong-code':
        'Esse código não funcionou. É o da mensagem mais recente? Os códigos valem 10 minutos, e só no navegador onde foram pedidos.',
      'used-up': 'Foram demasiados códigos errados. Peça um novo e use esse.',
    },
  },

  mail: {
    title: 'Correio',
    heading: 'O correio deste bouncer',
    lead: 'Isto é uma experiência numa só máquina: nenhuma mensagem é enviada. As {count} mais recentes ficam aqui até o bouncer parar.',
    none: 'Ainda não há mensagens. Um código só vai para um endereço que uma regra indica, ou cujo domínio ela indica: se nenhum chegar, o log diz {event} e o motivo.',
    gone: 'Esta mensagem já não está guardada.',
    to: 'Para {email}, {ago}',
    letter: 'Mensagem',
    asHtml: 'A mensagem em HTML',
    asText: 'O mesmo em texto',
    look: 'Ver se há novas mensagens',
    others: 'Outras mensagens',
    all: 'Mensagens',
  },

  stepUp: {
    keyTitle: 'A sua chave de segurança, por favor',
    loginTitle: 'Entre mais uma vez, por favor',
    asks: '{place} pede {wish}.',
    here: 'O que quer ver',
    part: 'A parte de {application} que quer ver',
    newLogin: 'que entre novamente',
    loginWithin: 'que tenha entrado {within}, e já passou mais tempo',
    key: 'uma chave de segurança',
    keyWithin: 'uma chave de segurança usada {within}',
    within: {
      day: { one: 'no último dia', other: 'nos últimos {count} dias' },
      hour: { one: 'na última hora', other: 'nas últimas {count} horas' },
      minute: { one: 'no último minuto', other: 'nos últimos {count} minutos' },
      second: { one: 'no último segundo', other: 'nos últimos {count} segundos' },
    },
    keyNext: 'A seguir, {provider} pede-a. Se houver escolha, escolha lá a chave; depois volta para onde ia.',
    loginNext: 'A seguir, {provider} pergunta quem é; depois volta para onde ia.',
    stay: 'Enquanto isso, a sua sessão continua aberta para tudo o resto.',
    goOnTo: 'Avançar para {provider}',
  },

  logout: {
    done: 'Sessão encerrada',
    everywhere: 'Em todas as aplicações daqui, neste navegador.',
    providerGoesOn:
      'A sua sessão em {provider} continua: quem usar este navegador a seguir pode voltar a entrar sem senha. Num computador que outras pessoas usam, saia lá também e feche o navegador.',
    provider:
      'Num computador que outras pessoas usam, confirme que também saiu de {provider} e feche o navegador.',
    providers:
      'Num computador que outras pessoas usam, confirme que também saiu do seu serviço de autenticação e feche o navegador.',
    doneHere: 'Sessão encerrada aqui',
    hereOnly:
      'Ninguém tem sessão aberta aqui neste navegador. Outras aplicações podem ainda reconhecer a sua.',
    logOutEverywhere: 'Sair de tudo',
    half: {
      ended: 'A sua sessão terminou aqui, neste navegador e em todos os lugares onde foi usada.',
      unwritten:
        'Ainda não foi possível guardar isso, porque o armazenamento por trás desta página não aceita nada de momento. Há uma nova tentativa a cada segundo; em caso de dúvida, fale com quem administra este site e indique o número abaixo.',
      provider:
        'A sua conta no serviço de autenticação continua aberta lá. Num computador que outras pessoas usam, saia lá também e feche o navegador.',
    },
    question: 'Sair?',
    ends: 'Isto encerra a sua sessão em todas as aplicações daqui.',
    endsFor: 'Entrou como {person}. Ao sair, a sessão termina em todas as aplicações daqui.',
    stay: 'Continuar com a sessão aberta',
  },

  withheld: {
    title: 'Mais um clique, se precisar',
    text: 'A sua sessão está aberta. Mas {provider} não nos diz se faz parte de {organizations}, por isso as páginas reservadas a essas pessoas continuam fechadas.',
    or: '{first} ou {last}',
    singleSignOn:
      '{organization} tem uma entrada própria: use o botão abaixo, entre lá e permita que este site o saiba.',
    notApproved:
      '{organization} não aprovou este site. Use o botão abaixo e peça a aprovação lá (“Request” ou “Grant”); alguém que a administra tem de aceitar.',
    logInTo: 'Entrar em {organization}',
    askFor: 'Pedir a aprovação de {organization}',
    again: 'Feito: entrar novamente',
    without: 'Continuar sem isso',
  },

  sessions: {
    lead: 'Cada linha é um navegador. Não reconhece algum? Encerre a sessão e mude a senha com que entra ou, se entra com códigos, a do seu e-mail.',
    list: 'As suas sessões',
    loggedIn: 'Entrou {ago}',
    loggedInFrom: 'Entrou {ago} a partir de {place}',
    used: 'Usada {ago}',
    usedFor: 'Usada {ago}: {applications}',
    terminals: 'Terminais: {names}',
    thisBrowser: 'este navegador',
    end: 'Encerrar',
    endOthers: 'Encerrar todas as outras',
    endThis: '{action}: {browser}, este navegador',
    endOther: '{action}: {browser}, usada {ago}',
    hadEnded: 'Já tinha terminado.',
    ended: { one: 'Foi encerrada uma sessão.', other: 'Foram encerradas {count} sessões.' },
    letters: 'Quando alguém entra em seu nome num navegador novo, uma mensagem é enviada para {email}.',
    noLetters:
      'Pode receber uma mensagem em {email} sempre que alguém entrar em seu nome num navegador novo.',
    stopLetters: 'Não enviar essas mensagens',
    wantLetters: 'Enviar-me essas mensagens',
  },

  tokens: {
    lead: 'Terminais onde entrou e tokens que deu a programas. Encerre o que não reconhece ou de que não precisa: deixa de funcionar na hora.',
    none: 'Não há nenhum.',
    list: 'Programas',
    terminal: 'Terminal',
    everything: 'tudo',
    since: 'desde {day}',
    endsWithSession: 'termina com a sua sessão',
    endsWithOther: 'termina com a sua sessão (de outro navegador)',
    ends: 'termina em {day}; usado pela última vez em {used}',
    endsUnused: 'termina em {day}; nunca usado',
    end: 'Encerrar',
    endNamed: 'Encerrar {name}',
    noApplication:
      'Nenhuma das aplicações que pode abrir aceita tokens de pessoas. Quem a administra pode permiti-lo nas regras.',
    formTitle: 'Um token para um programa',
    formText:
      'Para um calendário, arquivos por WebDAV ou um gestor de pacotes: tudo o que pede nome e senha e não abre páginas. Pode fazer o mesmo que a sua conta, nas aplicações que escolher, e nada mais.',
    name: 'Nome',
    for: 'Para',
    endsAfter: 'Termina depois de',
    days: { one: '{count} dia', other: '{count} dias' },
    asksAgain: 'Entrou há algum tempo; por isso, primeiro é preciso entrar novamente.',
    make: 'Criar um token',
    faults: {
      'no-name': 'Dê-lhe um nome para o reconhecer depois: o programa e o computador.',
      'no-application': 'Escolha pelo menos uma aplicação.',
      'too-many': 'Já tem {count} tokens. Encerre um de que já não precise.',
    },
    made: 'O seu token',
    copy: 'Copie-o agora para {name}: não volta a ser mostrado. Qualquer nome serve; o token é a senha.',
    itEnds: 'Termina',
    withSession: 'com a sua sessão neste navegador',
    whySession:
      'O seu serviço de autenticação não permite perguntar mais tarde se ainda tem acesso; por isso, o token não pode durar mais.',
    copied: 'Já copiei',
  },

  terminal: {
    askTitle: 'Deixar um terminal agir em seu nome?',
    askText:
      'Um programa neste computador quer entrar como {person}. Poderia abrir tudo o que esta conta pode abrir aqui, até a sua sessão terminar.',
    askOnly: 'Avance apenas se acabou de escrever {command}.',
    callsItself: 'Diz chamar-se',
    runs: 'Onde funciona',
    onThisComputer: 'neste computador',
    allow: 'Deixar entrar',
    deny: 'Não',
    goesOn: 'O seu terminal vai entrar',
    goesOnText: 'Esta página segue para lá sozinha. Se nada acontecer, clique.',
    denied: 'Nada entrou',
    deniedText: 'O terminal recebe essa resposta. Pode fechar esta página.',
    goOnTo: 'Avançar para o terminal',
    senseless: 'Este link está incompleto',
    senselessText: 'Comece novamente no seu terminal, com {command}. É assim que se abre a página certa.',
    deviceTitle: 'Entrar num terminal',
    deviceText: 'Escreva o código que o seu terminal mostra. Antes de deixar entrar, pode ver quem pede.',
    deviceWarning:
      'Alguém lhe enviou um código, ou ditou um por telefone? Então essa pessoa quer entrar em seu nome.',
    closePage: 'Feche esta página.',
    code: 'Código',
    faults: {
      wrong:
        'Esse código não funcionou. Os códigos valem cinco minutos e uma só vez: é o que o seu terminal mostra agora?',
      'too-many': 'Foram demasiadas tentativas. Espere cinco minutos e peça ao terminal um novo código.',
    },
    deviceAskTitle: 'Deixar este terminal agir em seu nome?',
    deviceAskText:
      'Quer entrar como {person} e poderia abrir tudo o que esta conta pode abrir aqui, até a sua sessão terminar.',
    deviceAskOnly: 'Avance apenas se o código está num terminal seu e foi lá que começou.',
    asksFrom: 'Pede a partir de',
    youAreAt: 'O seu endereço',
    asked: 'Pediu',
    notKnown: 'não se sabe',
    elsewhere:
      'O pedido vem de um endereço diferente do seu. Isso está certo para um servidor distante, e para mais nada.',
    loggedIn: 'O seu terminal entrou',
    loggedInText: 'Continua dentro de poucos segundos. Pode fechar esta página.',
    off: 'Aqui não se usam códigos de terminais',
    offText: 'Execute {command} no computador onde está o seu navegador.',
  },

  key: {
    useTitle: 'Use a sua chave de segurança',
    useForAnother: 'Antes de adicionar outra chave, uma das que já tem confirma a sua identidade.',
    useText: 'A sua chave confirma a sua identidade.',
    useFor: '{application} pede a sua chave de segurança, para que ninguém entre apenas com a sua conta.',
    use: 'Usar a minha chave',
    addTitle: 'Adicione a sua chave de segurança',
    addAnotherTitle: 'Adicione outra chave de segurança',
    addText: 'A partir daí, as aplicações que pedem uma chave abrem com ela.',
    addAnotherText: 'Com uma segunda chave, não perde o acesso se perder a primeira. Guarde-a noutro lugar.',
    addFor: '{application} pede uma chave de segurança, e ainda não tem nenhuma aqui.',
    name: 'Que nome lhe dá?',
    nameHint: 'Só para si, por exemplo “azul, no meu chaveiro”.',
    add: 'Adicionar esta chave',
    howTo: [
      'Insira a chave no computador ou encoste-a ao telefone.',
      'Escreva o PIN da chave quando for pedido.',
      'Toque na chave quando ela piscar.',
    ],
    states: {
      unscripted: 'As chaves precisam de JavaScript, que está desativado neste navegador ou não carregou.',
      ready: 'Tenha a chave à mão.',
      waiting: 'O seu navegador pede agora a chave.',
      sent: 'Obrigado. Um momento.',
      cancelled: 'Não funcionou: foi cancelado ou a chave ainda não tem PIN. Tente novamente quando quiser.',
      late: 'O tempo acabou antes de se tocar numa chave. Tente novamente quando a tiver à mão.',
      known: 'Esta chave já é uma das suas. Use outra.',
      unsupported:
        'Este navegador não sabe usar chaves de segurança. Abra esta página no Firefox, Chrome, Edge ou Safari, e não dentro de outra aplicação.',
    },
    noKey:
      'Não tem a chave à mão? Qualquer outra das suas serve. Perdeu-a? Avise quem administra este serviço: pode permitir-lhe adicionar outra.',
    notNow: 'Agora não',
    added: 'A chave foi adicionada.',
    addSecond: 'Adicione já uma segunda, para não perder o acesso se perder a primeira.',
    none: 'Ainda não há nenhuma.',
    list: 'As suas chaves',
    addFirst: 'Adicionar uma chave',
    addAnother: 'Adicionar outra chave',
    removeFirst: 'Para remover uma chave, {link}.',
    removeFirstLink: 'use primeiro uma das suas',
    byInvitation: 'As chaves são adicionadas por convite. Peça um a quem administra este serviço.',
    addedOn: 'adicionada em {day}',
    unused: 'ainda não usada',
    lastUsed: 'usada pela última vez em {day}',
    badMake: 'As chaves deste modelo já não se aceitam.',
    remove: 'Remover',
    onlyKey:
      'Há aqui páginas que lhe pedem uma chave, por isso não pode remover a única: adicione primeiro outra. Quem administra este serviço também a pode remover.',
    removeOnly: 'Remover a minha única chave',
    removeNamed: 'Remover {name}',
    removed: 'A chave foi removida',
    removedText: 'Por segurança, a sua sessão foi encerrada em todos os lugares.',
  },

  passkey: {
    useTitle: 'Entrar com chave de acesso',
    useText: 'O seu navegador pede a impressão digital, o rosto ou o PIN deste dispositivo. Não há senha.',
    makeTitle: 'Crie a sua chave de acesso',
    makeText:
      'O convite é para {email}. Com uma chave de acesso, entra com a impressão digital, o rosto ou o PIN do seu dispositivo, sem senha.',
    goodUntil: 'É válida até {day}.',
    notYou: 'Este não é o seu endereço? Feche esta página e avise quem lhe enviou o link.',
    name: 'Que nome lhe dá?',
    nameHint: 'Por exemplo, o dispositivo em que está: “telefone”.',
    make: 'Criar uma chave de acesso',
    states: {
      unscripted:
        'As chaves de acesso precisam de JavaScript, que está desativado neste navegador ou não carregou.',
      ready: 'Demora um instante.',
      waiting: 'O seu navegador pede agora a chave de acesso.',
      sent: 'Obrigado. Um momento.',
      cancelled:
        'Não funcionou: foi cancelado ou este dispositivo não tem chave de acesso para esta página. Tente novamente quando quiser.',
      late: 'O tempo acabou. Tente novamente quando quiser.',
      known: 'Este dispositivo já tem uma chave de acesso sua para esta página.',
      unsupported:
        'Este navegador não sabe usar chaves de acesso. Abra esta página no Firefox, Chrome, Edge ou Safari, e não dentro de outra aplicação.',
    },
    added: 'A sua chave de acesso está pronta',
    addedText: 'Com ela, entra como {email}. Experimente já.',
    none: 'Não há nenhuma.',
    otherWay: 'As chaves de acesso são mostradas a quem entrou com uma, e entrou de outra forma.',
    onlyOne: 'Não pode remover a única com que pode entrar.',
    removeFirst: 'Para remover uma chave de acesso, {link}.',
    removeFirstLink: 'entre primeiro com uma das suas',
    anotherDevice:
      'Para outro dispositivo, peça um convite a quem administra este serviço. Os telefones e computadores do mesmo fabricante costumam ter em comum as chaves de acesso.',
    madeOn: 'criada em {day}',
    goodTo: 'válida até {day}',
    ended: 'terminou em {day}',
    over: 'Já ninguém entra com ela.',
    removed: 'A chave de acesso foi removida',
    removedText:
      'Por segurança, a sua sessão foi encerrada em todos os lugares. O seu dispositivo ainda guarda a metade dela: apague-a lá, para que não volte a ser proposta.',
  },

  cookies: {
    cookies: 'Cookies',
    largest: 'Os maiores',
    more: 'e mais {count}',
    nameless: '(sem nome)',
    bytes: '{count} bytes',
    delete: 'Apagar estes cookies',
    title: 'Cookies deste site',
    tooMany: 'Este site e os seus vizinhos deixaram no seu navegador mais cookies do que se pode transmitir.',
    fine: 'O seu navegador não envia cookies a mais para aqui.',
  },

  keptForm: {
    title: 'Enviar o que escreveu?',
    text: 'A sua sessão tinha terminado quando enviou isto, e entretanto entrou novamente. É enviado uma vez, tal como o escreveu, quando usar o botão.',
    send: 'Enviar agora',
    discard: 'Descartar',
    to: 'Enviado para',
    size: 'Tamanho',
    until: 'Guardado até',
    toApplication: 'Ir para {application}',
    gone: {
      title: 'Não há nada para enviar',
      text: 'O que escreveu não está aqui: já foi enviado ou descartado, tem mais de uma hora, ou um formulário posterior tomou o seu lugar. Talvez o seu navegador ainda o tenha: regresse à página de onde o enviou.',
    },
    another: {
      title: 'Isto era de outra pessoa',
      text: 'Alguém com outra conta escreveu o que estava guardado aqui, por isso foi descartado e não foi enviado.',
    },
    elsewhere: {
      title: 'Isto já não pode ser enviado',
      text: 'Neste endereço está agora uma aplicação diferente daquela para a qual escreveu isto, por isso foi descartado e não foi enviado.',
    },
    discarded: {
      title: 'Foi descartado',
      text: 'O que escreveu não foi enviado, e nada disso fica guardado.',
    },
  },

  popUp: {
    loggedIn: {
      title: 'A sua sessão está aberta',
      text: 'Pode fechar esta janela e continuar onde estava.',
    },
    notLoggedIn: { title: 'Não tem sessão aberta', text: 'Entre, e esta janela fecha-se sozinha.' },
  },

  access: {
    askLink: 'Pedir acesso',
    below: '{application}, abaixo de {path}',
    minutes: { one: '{count} minuto', other: '{count} minutos' },
    hours: { one: '{count} hora', other: '{count} horas' },
    days: { one: '{count} dia', other: '{count} dias' },
    ask: {
      lead: 'Pode pedir acesso a {what} por tempo limitado. Decide quem o pode dar.',
      purpose: 'Para que precisa dele?',
      hint: 'Uma ou duas frases, no máximo {count} caracteres, sem links.',
      optional: 'Não é preciso dizer.',
      duration: 'Durante quanto tempo?',
      send: 'Pedir',
      noPurpose: 'Diga para que precisa dele.',
      tooLong: 'O texto tem mais de {count} caracteres.',
    },
    asked: {
      title: 'Pedido enviado',
      byMail:
        'As pessoas que decidem receberam uma mensagem. Também recebe uma quando houver decisão, e pode ver aqui.',
      byHand: 'As pessoas que decidem veem o pedido na página delas. Avise-as para que o vejam.',
      again:
        'Pode fazer outro pedido para esta aplicação quando houver resposta, ou quando o seu pedido expirar.',
      since: 'Pedido em',
      until: 'Expira em',
      why: 'Motivo',
      look: 'Ver outra vez',
    },
    full: {
      title: 'Aguarde, por favor',
      text: 'Há tantos pedidos em aberto que não se podem aceitar mais. Fale com quem administra esta aplicação ou tente mais tarde.',
    },
    nothing: {
      title: 'Não há nada para pedir',
      text: 'Talvez já tenha acesso, ou não seja possível pedi-lo aqui.',
      open: 'Abrir',
    },
    approvals: {
      title: 'Quem pede acesso',
      lead: 'Dê-o apenas a pessoas que conhece e por um motivo que compreende. Termina por si só.',
      none: 'Não há pedidos em aberto.',
      list: 'Pedidos',
      wants: '{what}, durante {duration}',
      noPurpose: 'O motivo não foi indicado.',
      given: 'Acessos dados',
      until: '{what}, até {time}',
      by: 'dado por {who}',
      give: 'Dar acesso',
      refuse: 'Recusar',
      end: 'Terminar',
      about: '{action}: {who}, {what}',
      here: 'o pedido do seu e-mail',
    },
    outcomes: {
      given: 'O acesso foi dado.',
      refused: 'O pedido foi recusado.',
      gone: 'Esse pedido está fechado: alguém respondeu, ou expirou.',
      own: 'Esse pedido é seu. Outra pessoa tem de decidir.',
      notTheirs: 'Não lhe cabe decidir sobre isso.',
      stepUp: 'Pode haver mais pedidos para decidir: antes é preciso mais um passo.',
      otherLogin: 'Essa decisão pede que entre de outra maneira, e não como entrou agora.',
      ended: 'O acesso terminou.',
    },
  },

  denial: {
    nobody: 'Isto não está acessível daqui, e entrar com uma conta não mudaria nada.',
    missing: 'O que falta: {what}.',
    rule: 'O motivo: {reason}.',
    or: '{first} ou {last}',
    and: '{first}, e também {last}',
    either: '{first}; ou {last}',
    other: 'outra coisa',
    lacks: {
      address: 'um endereço diferente do seu',
      confirmed_address: 'um endereço de e-mail que o serviço de autenticação tenha confirmado',
      group: 'um grupo a que a sua conta não pertence',
      group_out: 'uma conta fora de um grupo a que a sua pertence',
      known_group: 'um grupo, e o serviço de autenticação não diz a quais a sua conta pertence',
      claim: 'algo diferente no que o serviço de autenticação diz da sua conta',
      login_method: 'entrar de outra maneira',
      auth_method: 'entrar com outra prova de identidade',
      network: 'uma rede diferente daquela de onde vem',
      country: 'um país diferente daquele de onde vem',
      time: 'outro dia ou outra hora',
      method: 'um pedido de outro tipo, como um que só leia',
      grant: 'acesso por algum tempo, que alguém dá',
      program: 'um token de um programa, porque isto não é para pessoas',
    },
  },

  refusals: {
    notGiven: { title: noAccess, text: 'A sua conta não recebeu acesso a isto.', hint: askWhoRunsIt },
    ruleSaysNo: {
      title: noAccess,
      text: 'Uma regra desta aplicação recusa este pedido.',
      hint: askWhoRunsIt,
    },
    accessEnded: {
      title: noAccess,
      text: 'O seu acesso terminou enquanto a aplicação trabalhava.',
      hint: askWhoRunsIt,
    },
    uncheckable: {
      title: 'Não conseguimos verificar o seu acesso',
      text: 'Houve um problema durante a verificação do seu acesso, por isso ninguém entrou. Tente novamente, por favor.',
      hint: tellWhoRunsIt,
    },
    login: {
      title: 'Entre, por favor',
      text: 'Não tem sessão aberta aqui, ou a sua sessão terminou.',
      hint: sendAgain,
    },
    formKept: {
      title: 'Entre novamente, por favor',
      text: 'A sua sessão tinha terminado quando enviou isto. Nada se perdeu: o que escreveu fica guardado durante uma hora, e pode enviá-lo depois de entrar.',
      hint: null,
    },
    formTooLarge: {
      title: 'Entre primeiro, por favor',
      text: 'A sua sessão tinha terminado quando enviou isto, e é demasiado grande para ser guardado entretanto.',
      hint: 'Entre noutra janela. Depois volte aqui, regresse à página de onde enviou e envie mais uma vez: a maioria dos navegadores ainda tem o que escreveu.',
    },
    securityKey: {
      title: 'A sua chave de segurança, por favor',
      text: 'Esta parte pede uma chave de segurança. Entre novamente e use a sua.',
      hint: sendAgain,
    },
    freshLogin: {
      title: 'Entre novamente, por favor',
      text: 'Esta parte pede uma entrada recente, e a sua já foi há algum tempo.',
      hint: sendAgain,
    },
    loginFailed: {
      title: 'A entrada não foi concluída',
      text: 'Ninguém entrou. Comece novamente na página que queria ver, por favor.',
      hint: null,
    },
    badToken: {
      title: 'Esse token não funciona aqui',
      text: 'O programa enviou um token que não é válido para isto, por isso nada passou.',
      hint: null,
    },
    foreignHandshake: {
      title: otherSite,
      text: 'Outro site tentou abrir, em seu nome, uma conexão com esta aplicação. Foi impedido.',
      hint: null,
    },
    foreignForm: {
      title: otherSite,
      text: 'Outro site tentou fazer isto em seu nome. Foi impedido, e nada mudou.',
      hint: null,
    },
    senseless: {
      title: 'Não é possível abrir este endereço',
      text: 'Podia ser lido de mais de uma maneira, ou uma parte do que foi enviado está malformada, por isso não foi transmitido. Escreva-o novamente, por favor. Um link que traz sempre aqui está com defeito: avise quem o criou.',
      hint: null,
    },
    nothingHere: {
      title: 'Esta página não existe',
      text: 'Não há nada neste endereço. Veja se tem algum erro, ou comece pelo que pode abrir.',
      hint: null,
    },
    unknownHost: {
      title: 'Não há nenhuma aplicação neste endereço',
      text: 'Este serviço não conhece o nome que está no endereço. Veja se tem algum erro. Se estiver certo, a aplicação tem agora outro nome ou ainda não está pronta.',
      hint: 'Se deveria estar aqui, indique a quem administra este serviço o número de referência abaixo.',
    },
    notThisWay: {
      title: 'Isso não se pode fazer aqui',
      text: 'O endereço está certo, mas o que se pediu não é possível.',
      hint: null,
    },
    notOnOffer: {
      title: 'Isso não é possível aqui',
      text: 'O pedido usa algo que este serviço não faz.',
      hint: null,
    },
    tooLarge: {
      title: 'É grande demais',
      text: 'O que foi enviado é maior do que aqui se permite.',
      hint: null,
    },
    tooLong: { title: 'O endereço é longo demais', text: 'Use um mais curto, por favor.', hint: null },
    tooMuch: {
      title: 'O seu navegador enviou demais',
      text: 'Em geral, apagar os cookies deste site resolve.',
      hint: null,
    },
    cookies: {
      title: 'Cookies a mais',
      text: 'Este site e os seus vizinhos deixaram no seu navegador mais cookies do que se pode transmitir.',
      hint: 'Apagá-los aqui pode encerrar a sua sessão em algumas aplicações e não muda mais nada. Se voltarem sempre, indique os nomes deles a quem administra este serviço.',
    },
    tooSlow: {
      title: 'Demorou demais',
      text: 'O pedido não chegou a tempo. Tente novamente, por favor.',
      hint: null,
    },
    loop: {
      title: 'A aplicação não está bem configurada',
      text: 'O que deveria levar até ela traz de volta aqui. Quem a administra encontra o motivo no log.',
      hint: tellWhoRunsIt,
    },
    noAnswer: {
      title: 'A aplicação não responde',
      text: 'O lugar é este, mas a aplicação está parada ou fora de alcance. Tente novamente daqui a pouco.',
      hint: tellWhoRunsIt,
    },
    brokenAnswer: {
      title: 'A aplicação deu uma resposta com defeito',
      text: 'O lugar é este, mas não foi possível transmitir o que a aplicação enviou.',
      hint: tellWhoRunsIt,
    },
    slowAnswer: {
      title: 'A aplicação está lenta demais',
      text: 'Não respondeu a tempo. Tente novamente daqui a pouco.',
      hint: tellWhoRunsIt,
    },
    busy: {
      title: 'A aplicação está ocupada',
      text: 'Há pedidos demais ao mesmo tempo. Tente novamente daqui a pouco.',
      hint: tellWhoRunsIt,
    },
    maintenance: {
      title: 'Em manutenção',
      text: 'Tem acesso a esta aplicação, que está fechada por algum tempo para trabalhos. Volte mais tarde, por favor.',
      hint: null,
    },
    noStore: {
      title: 'Não conseguimos verificar quem é',
      text: 'De momento, não é possível consultar as sessões. Tente novamente daqui a pouco.',
      hint: tellWhoRunsIt,
    },
    noProvider: {
      title: 'O serviço de autenticação não responde',
      text: 'De momento, ninguém pode entrar. Quem já entrou pode continuar.',
      hint: tellWhoRunsIt,
    },
    unexpected: {
      title: 'Houve um problema do nosso lado',
      text: 'A culpa não é sua. Tente novamente daqui a pouco.',
      hint: tellWhoRunsIt,
    },
  },
  logInInNewTab: 'Entrar noutra janela',

  reasons: {
    'token-invalid': 'o token não é válido (ou deixou de ser)',
    'token-expired': 'o token, ou este segredo dele, terminou',
    'token-in-url': 'um token não deve estar num endereço, onde fica escrito: deve ir num campo do cabeçalho',
    'token-elsewhere': 'o token é para outras aplicações',
    'credentials-ambiguous':
      'o pedido diz de mais de uma maneira quem o envia: um token além da sessão, ou dois tokens',
    'too-many-attempts': 'deste endereço vieram demasiados tokens errados: espere',
    'logout-unconfirmed': 'aqui pergunta-se a uma pessoa antes de sair: abra `logout_url` como página',
    'method-not-allowed': 'a página do bouncer aceita outros métodos',
    'check-unclear': 'o servidor da frente não diz, ou diz de mais de uma maneira, sobre que pedido pergunta',
    'identity-claimed': 'um campo do cabeçalho afirma uma identidade, que o servidor da frente transmitiria',
    'malformed-request': 'o pedido não é HTTP',
    'request-timeout': 'o pedido não chegou a tempo',
    'version-unsupported': 'esta versão de HTTP não é suportada',
    'method-unknown': 'este método não é conhecido',
    'method-refused': 'este método não é permitido',
    'url-too-long': 'o endereço é longo demais',
    'headers-too-many': 'o pedido tem campos de cabeçalho demais',
    'headers-too-large': 'os campos de cabeçalho do pedido são grandes demais',
    'header-name-invalid': 'um campo de cabeçalho tem um nome inválido',
    'header-name-disguised': 'um campo de cabeçalho imita um dos que delimitam a mensagem',
    'method-overridden': 'um cabeçalho indica um método diferente daquele que as regras veem',
    'header-value-invalid': 'um campo de cabeçalho tem um valor inválido',
    'header-repeated': 'um campo de cabeçalho que só pode existir uma vez está repetido',
    'host-missing': 'o pedido não indica nenhum host',
    'host-repeated': 'o pedido indica mais de um host',
    'host-invalid': 'o host do pedido é inválido',
    'expectation-unknown': 'não é possível satisfazer a expectativa do pedido',
    'upgrade-refused': 'a aplicação não muda para este protocolo',
    'websocket-invalid': 'o início do WebSocket é inválido',
    'body-too-large': 'o corpo do pedido é grande demais',
    'chunk-extensions-too-large': 'os blocos do corpo trazem demasiado além dele',
    'content-length-invalid': 'o comprimento do corpo não é um número simples',
    'content-length-repeated': 'o comprimento do corpo é indicado mais de uma vez',
    'transfer-encoding-invalid': 'a codificação de transferência do corpo não é suportada',
    'framing-ambiguous': 'o fim do corpo é indicado de duas maneiras',
    'upgrade-with-body': 'um pedido que muda de protocolo não pode ter corpo',
    'target-not-path': 'o endereço do pedido não é um caminho',
    'target-foreign': 'o endereço do pedido indica outro host',
    'target-fragment': 'o endereço do pedido tem um fragmento',
    'target-character': 'o endereço do pedido tem um sinal que não é permitido',
    'destination-invalid': 'o destino do pedido não é um endereço daqui',
    'path-encoding': 'o caminho do pedido não está codificado corretamente',
    'path-control': 'o caminho do pedido tem um código de controle codificado',
    'path-above-root': 'o caminho do pedido sobe acima da raiz',
    'path-ambiguous': 'o caminho do pedido pode ser lido de mais de uma maneira',
    connection_login:
      'a aplicação autentica a conexão (NTLM, Negotiate), o que só funciona por HTTP/1.1 sem outro proxy antes do bouncer',
  },

  emailFaults: {
    'email-missing': 'O serviço com que entrou não enviou nenhum endereço de e-mail (email-missing).',
    'email-malformed':
      'O endereço de e-mail que o serviço enviou não pode ser usado, por isso não conta aqui (email-malformed).',
    'email-not-verified':
      'O serviço com que entrou não diz que o seu endereço de e-mail foi verificado, por isso não conta aqui (email-not-verified).',
    'email-outside-provider':
      'O serviço com que entrou não responde pelo seu endereço de e-mail, por isso não conta aqui (email-outside-provider).',
  },

  problems: {
    'bad-request': {
      title: 'Este link de entrada não funciona',
      text: 'O endereço está incompleto ou foi alterado no caminho. Comece novamente na página que queria ver.',
      button: 'Começar novamente',
    },
    'unknown-provider': {
      title: 'Esta forma de entrar já não existe',
      text: 'O serviço de autenticação deste link já não se usa aqui. Pode escolher outro.',
      button: 'Ver como entrar',
    },
    expired: {
      title: 'O tempo para entrar acabou',
      text: 'É preciso concluir a entrada em poucos minutos, e isso não aconteceu. Nada se perdeu: basta entrar novamente.',
      button: 'Entrar novamente',
    },
    'already-used': {
      title: 'Esta entrada já foi usada',
      text: 'Cada link de entrada funciona uma vez. Isto acontece com o botão de voltar ou ao recarregar uma página. É bem possível que a sua sessão já esteja aberta.',
      button: 'Continuar',
    },
    'other-browser': {
      title: 'Esta entrada começou noutro lugar',
      text: 'Começou noutro navegador, ou este navegador não guardou o seu cookie. Para sua proteção, não pode ser concluída aqui. Comece novamente e permita cookies para este site.',
      button: 'Entrar aqui',
    },
    'other-person': {
      title: 'Essa era outra conta',
      text: 'O token é para quem entrou aqui, e o seu serviço de autenticação enviou outra pessoa. Nada foi criado. Escolha lá a mesma conta.',
      button: 'Voltar aos seus tokens',
    },
    'refused-by-provider': {
      title: 'A entrada não foi concluída',
      text: 'O serviço de autenticação recusou, ou voltou atrás antes de terminar. Pode tentar novamente ou escolher lá outra conta.',
      button: 'Tentar novamente',
    },
    'provider-unavailable': {
      title: 'O serviço de autenticação não responde',
      text: 'Por isso, de momento, ninguém pode entrar. Quem já entrou pode continuar. Tente novamente daqui a pouco.',
      button: 'Tentar novamente',
    },
    'provider-answer-invalid': {
      title: 'Não conseguimos confirmar esta entrada',
      text: 'O que o serviço de autenticação enviou não passou nas nossas verificações, por isso ninguém entrou. Se tentar novamente não ajudar, indique a quem administra este serviço o número de referência abaixo.',
      button: 'Tentar novamente',
    },
    'hardware-key-not-confirmed': {
      title: 'Não foi usada nenhuma chave de segurança',
      text: 'A página que quer ver pede uma chave de segurança, e o serviço de autenticação não confirmou que usou uma. Tente novamente e escolha a chave quando for pedida.',
      button: 'Tentar novamente com a minha chave',
    },
    'fresh-login-not-confirmed': {
      title: 'É preciso uma nova entrada',
      text: 'A página que quer ver pede uma entrada recente, mas o serviço de autenticação deixou passar sem perguntar outra vez. Saia lá e depois tente novamente.',
      button: 'Tentar novamente',
    },
    'too-many-tries': {
      title: 'Espere um pouco, por favor',
      text: 'Houve muitas tentativas de entrar a partir de onde está, por isso não se aceitam mais durante dez minutos. Isto não tem a ver com o seu endereço. O seu código mais recente vale até lá.',
      button: 'Voltar',
    },
    'logout-expired': {
      title: 'Ninguém saiu',
      text: 'A pergunta sobre sair vale dez minutos, e esta é mais antiga ou o seu endereço está incompleto. Ainda nada mudou.',
      button: 'Começar novamente',
    },
    'person-blocked': {
      title: 'Esta conta não pode entrar aqui',
      text: 'Quem administra este serviço fechou-o a esta conta. Se acha que é um engano, pergunte e indique o número de referência abaixo.',
      button: 'Entrar com outra conta',
    },
    'too-many-failures': {
      title: 'Espere um minuto, por favor',
      text: 'Muitas entradas a partir de onde está, ou com este serviço de autenticação, falharam, por isso esta não foi concluída. Não há nada de errado com a sua conta.',
      button: 'Tentar novamente',
    },
    'key-answer-invalid': {
      title: 'Essa chave não respondeu como devia',
      text: 'Nada mudou. Tente novamente: insira a chave, escreva o PIN quando for pedido e toque nela. Se ainda não funcionar, indique a quem administra este serviço o número de referência abaixo.',
      button: 'Tentar novamente',
    },
    'key-built-in': {
      title: 'Esta chave faz parte do seu dispositivo',
      text: 'Quem respondeu foi o próprio telefone ou computador. Aqui é preciso uma chave de segurança à parte: uma que se insere ou encosta ao dispositivo.',
      button: 'Tentar com outra chave',
    },
    'key-not-bound': {
      title: 'Esta chave pode ser copiada',
      text: 'Quem respondeu foi uma chave de acesso que a sua conta copia para outros dispositivos. Aqui é preciso uma chave de segurança à parte, cujo segredo nunca sai dela.',
      button: 'Tentar com outra chave',
    },
    'key-not-known': {
      title: 'Esta chave não é uma das suas',
      text: 'A chave que respondeu não está associada à conta com que entrou. Use uma que esteja, ou entre com a conta a que ela pertence.',
      button: 'Tentar com outra chave',
    },
    'keys-of-another-host': {
      title: 'As suas chaves são de um endereço anterior deste serviço',
      text: 'Este serviço mudou de endereço depois de as suas chaves serem adicionadas, e uma chave de segurança só responde ao endereço para que foi adicionada. Não há nada de errado com a sua chave. Peça a quem administra este serviço que remova as chaves da sua conta e envie um novo convite; pode usar a mesma chave.',
      button: 'Voltar',
    },
    'key-copied': {
      title: 'Algo está errado com esta chave',
      text: 'A chave diz que foi usada menos vezes do que sabemos que foi. Pode haver uma cópia dela, por isso foi recusada. Avise quem administra este serviço e indique o número de referência abaixo.',
      button: 'Tentar com outra chave',
    },
    'key-make-refused': {
      title: 'As chaves deste modelo já não se aceitam',
      text: 'O fabricante ou a FIDO Alliance diz que as chaves deste modelo não são seguras. Não há nada de errado com a sua conta; precisa de outra chave. Não tem aqui mais nenhuma? Peça a quem administra este serviço que remova esta e lhe envie um novo convite.',
      button: 'Tentar com outra chave',
    },
    'key-of-other-make': {
      title: 'É pedido outro tipo de chave',
      text: 'Usou uma chave de segurança, e ela é boa. Mas esta página só aceita chaves de certos modelos, e a sua é de outro, ou foi adicionada antes de se poder saber o modelo. Se tem uma que sirva, use essa. Caso contrário, pergunte a quem administra este serviço que chaves se aceitam.',
      button: 'Usar outra chave',
    },
    'key-question-over': {
      title: 'Demorou demasiado',
      text: 'Uma chave tem dois minutos para responder, para que ninguém possa usar uma resposta antiga. Nada se perdeu: tente novamente quando a tiver à mão.',
      button: 'Tentar novamente',
    },
    'last-key': {
      title: 'É a sua única chave',
      text: 'Há aqui páginas que lhe pedem uma chave, e sem nenhuma já não as poderia abrir. Adicione primeiro outra. Deixou este serviço, ou esta chave já não deve contar? Avise quem o administra: pode removê-la.',
      button: 'Ver as minhas chaves',
    },
    'last-passkey': {
      title: 'É a sua única chave de acesso',
      text: 'É com ela que entra, e sem ela não poderia voltar. Peça primeiro a quem administra este serviço um convite para criar outra, ou que remova esta.',
      button: 'Ver as minhas chaves de acesso',
    },
    'key-not-added': {
      title: 'A chave não foi adicionada',
      text: 'Já tinha sido adicionada, ou outra foi adicionada no mesmo momento. Veja as suas chaves.',
      button: 'Ver as minhas chaves',
    },
    'key-needed-first': {
      title: 'Use primeiro uma das suas chaves',
      text: 'Uma chave só é removida por quem tem à mão uma das suas. Use uma e depois remova a outra.',
      button: 'Ver as minhas chaves',
    },
    'no-key-enrolled': {
      title: 'Ainda não tem aqui nenhuma chave de segurança',
      text: 'Esta página pede uma chave de segurança, e a sua conta não tem nenhuma. As chaves são adicionadas por convite: peça um a quem administra este serviço.',
      button: 'Voltar',
    },
    'too-many-keys': {
      title: 'Já tem dez chaves',
      text: 'É o máximo para uma pessoa. Remova uma que já não use.',
      button: 'Ver as minhas chaves',
    },
    'invitation-over': {
      title: invitationOver,
      text: 'Um convite funciona uma vez e durante um dia. Se não foi usado por si, diga-o a quem o enviou. Caso contrário, peça um novo.',
      button: 'Ver as minhas chaves',
    },
    'invitation-of-another': {
      title: 'Este convite é para outro endereço',
      text: 'Foi criado para alguém com um endereço de e-mail diferente daquele com que entrou. Entre com esse endereço ou peça um convite para o seu.',
      button: 'Ver as minhas chaves',
    },
    'passkey-answer-invalid': {
      title: 'A chave de acesso não abriu a sessão',
      text: 'O que o seu navegador enviou não é uma resposta válida de uma chave de acesso para esta página. Comece novamente; se voltar a acontecer, avise quem administra este serviço e indique o número de referência abaixo.',
      button: 'Tentar novamente',
    },
    'passkey-not-known': {
      title: 'Esta chave de acesso não é conhecida aqui',
      text: 'Foi removida, ou criada para outro site ou noutra altura. Pode apagá-la do seu telefone ou gestor de senhas. As chaves de acesso são criadas por convite: peça um a quem administra este serviço.',
      button: 'Tentar novamente',
    },
    'passkey-over': {
      title: 'O tempo desta chave de acesso acabou',
      text: 'Foi criada por algum tempo. Quem administra este serviço pode enviar um convite para criar uma nova.',
      button: 'Tentar novamente',
    },
    'passkey-invitation-over': {
      title: invitationOver,
      text: 'Um convite funciona uma vez e durante um dia. Se não foi usado por si, diga-o já a quem o enviou. Caso contrário, peça um novo.',
      button: 'Ir para a página inicial',
    },
    'store-unavailable': {
      title: 'De momento, não é possível entrar',
      text: 'Agora não é possível guardar uma entrada. A culpa não é sua, e quem já entrou continua. Tente novamente daqui a pouco.',
      button: 'Tentar novamente',
    },
  },
  chooseHow: 'Escolher como entrar',
  otherWay: 'Há mais de uma forma de entrar aqui: pode escolher outra.',

  letters: {
    site: 'Site',
    for: 'Para',
    when: 'Quando',
    askedFor: 'Pedido em',
    with: 'Com',
    by: 'Através de',
    doneBy: 'Por',
    address: 'Endereço',
    key: 'Chave',
    operator: 'quem administra este site',
    code: {
      subject: 'O seu código para {name}',
      title: '{pin} é o seu código para entrar em {name}.',
      longer: 'É mais comprido do que o habitual, porque alguém tem andado a experimentar códigos.',
      typeIt: 'Escreva-o na página que o pediu. Vale {minutes} minutos e funciona uma vez.',
      never: 'Nunca o dê a ninguém, nem a quem diga que é de {site}: quem o tiver pode entrar em seu nome.',
      closing: 'Não pediu este código? Então não precisa de fazer nada: sem ele, ninguém entra.',
    },
    share: {
      subject: '{who} quer mostrar-lhe uma página',
      title: '{who} quer mostrar-lhe uma página do seu próprio computador.',
      open: 'O endereço está abaixo: abra-o no navegador e entre como {email}. Só a veem as pessoas que {who} indicou.',
      warning:
        'A página é da pessoa que a mostra, e não de {site}. Nunca precisa de uma senha de {site}: se lhe pedir uma, saia dela.',
      logInAt: 'Entra em',
      until: 'Até',
      closing: 'Não conhece {who}? Então não há nada a fazer, nem nada a abrir.',
      somebody: 'Alguém com conta em {site}',
    },
    login: {
      subject: 'Uma nova entrada em {site}',
      title: 'Alguém entrou em seu nome, num navegador de que ainda não tínhamos avisado.',
      wasYou: 'Se reconhece esta entrada, não precisa de fazer nada.',
      notYou:
        'Não a reconhece? Abra {site} como sempre faz, vá a “Onde tem sessão aberta” e encerre o que não reconhece. Depois, mude a senha no serviço com que entra e avise quem administra o site.',
      closing: 'Recebe esta mensagem porque a pediu na página “Onde tem sessão aberta”.',
    },
    access: {
      askSubject: '{email} pede acesso a {application}',
      askTitle: 'Alguém pede acesso a {what}.',
      doYouKnow:
        'Sabe quem é e para que precisa do acesso? Então abra o pedido, entre, e diga que sim ou que não. Antes disso nada é dado.',
      doNothing: 'Se não conhece a pessoa, não faça nada: o pedido expira por si só.',
      link: 'Ver o pedido',
      who: 'Quem',
      why: 'Motivo',
      noPurpose: 'não foi indicado',
      askClosing:
        'Recebe esta mensagem porque as regras de {site} indicam o seu endereço para decidir sobre isto.',
      givenSubject: 'Tem acesso a {application}',
      givenTitle: 'Foi-lhe dado acesso a {what}.',
      given: 'Abra como antes. O acesso termina por si só.',
      until: 'Até',
      refusedSubject: 'Sem acesso a {application}',
      refusedTitle: 'Não lhe foi dado acesso a {what}.',
      refused: 'Se ainda precisa dele, fale com quem a administra.',
      answerClosing: 'Recebe esta mensagem porque pediu acesso em {site}.',
    },
    keys: {
      hardware_key_enrolled: {
        subject: 'Uma chave de segurança foi adicionada à sua conta em {site}',
        title: 'Uma chave de segurança foi adicionada à sua conta.',
        closing:
          'Não reconhece isto? Avise já quem administra este site: outra pessoa pode fazer-se passar por si.',
      },
      hardware_key_removed: {
        subject: 'Uma chave de segurança foi removida da sua conta em {site}',
        title:
          'Uma chave de segurança foi removida da sua conta, e a sua sessão foi encerrada em todos os lugares.',
        closing: 'Não reconhece isto? Avise já quem administra este site.',
      },
      passkey_enrolled: {
        subject: 'Uma chave de acesso foi adicionada à sua conta em {site}',
        title: 'Uma chave de acesso foi adicionada à sua conta. Quem a tiver pode entrar em seu nome.',
        closing: 'Não reconhece isto? Avise já quem administra este site.',
      },
      passkey_removed: {
        subject: 'Uma chave de acesso foi removida da sua conta em {site}',
        title:
          'Uma chave de acesso foi removida da sua conta, e a sua sessão foi encerrada em todos os lugares.',
        closing: 'Não reconhece isto? Avise já quem administra este site.',
      },
    },
  },
};
