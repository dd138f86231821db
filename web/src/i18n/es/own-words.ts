/**
 * What the program itself writes, for those who read Spanish, by the place where it stands: words of ours in another's text
 * are the other's. `{}` is what is about the case. The rules that come with the program are all here: a test looks.
 */

/** Titles of rules; an alert has behind it what its sender calls the case: `FortiGate found malware: EICAR`. */
export const titles: Record<string, string> = {
  'FortiGate administrator account was created': 'Nueva cuenta de administrador en FortiGate',
  'FortiGate administrator sign-ins fail in a row': 'Accesos fallidos seguidos a la administración de FortiGate',
  'FortiGate denial-of-service policy met an anomaly': 'Anomalía en la política anti-DoS de FortiGate',
  'FortiGate IPS detected an attack': 'El IPS de FortiGate detectó un ataque',
  'FortiGate found malware': 'FortiGate encontró malware',
  'Brute force against the FortiGate VPN': 'Fuerza bruta contra la VPN de FortiGate',
  'Password spraying against the FortiGate VPN': 'Rociado de contraseñas contra la VPN de FortiGate',
  'Windows account was locked out': 'Cuenta de Windows bloqueada',
  'Windows logons fail in a burst': 'Ráfaga de inicios de sesión fallidos en Windows',
  'Windows logon succeeds after a burst of failures': 'Inicio de sesión en Windows tras una ráfaga de fallos',
  'Password spraying against Windows accounts': 'Rociado de contraseñas contra cuentas de Windows',
  'Member added to a privileged Windows group': 'Nuevo miembro en un grupo privilegiado de Windows',
  'New Windows scheduled task': 'Nueva tarea programada de Windows',
  'Windows security log was cleared': 'Registro de seguridad de Windows vaciado',
  'New Windows service': 'Nuevo servicio de Windows',
  'New Windows service runs a command interpreter': 'Nuevo servicio de Windows que ejecuta un intérprete de órdenes',
  'Sign-ins to CiberCase fail in a burst': 'Ráfaga de accesos fallidos a CiberCase',
  'Password spraying against CiberCase accounts': 'Rociado de contraseñas contra cuentas de CiberCase',
  'CiberCase account tried from many addresses': 'Cuenta de CiberCase probada desde muchas direcciones',
  'Sign-in to CiberCase succeeds after a burst of failures': 'Acceso a CiberCase tras una ráfaga de fallos',
  'Sign-in to CiberCase from a new network': 'Acceso a CiberCase desde una red nueva',
  'Canary credentials of CiberCase were tried': 'Se probaron credenciales señuelo de CiberCase',
  'Services fail to prove themselves to CiberCase': 'Servicios que no logran identificarse ante CiberCase',
  'Audit log contradicts what its witness knows': 'El registro de auditoría contradice lo que conoce su testigo',
  'Certificate runs out': 'Un certificado caduca',
  'Signing key is overdue': 'La clave de firma debía haberse renovado',
  'Audit log is not taken': 'El registro de auditoría no se recoge',
  'Errors are logged': 'Se registran errores',
  'Resources run short': 'Escasean los recursos',
  'Redis is away': 'Redis no responde',
  'Secret is overdue': 'Un secreto debía haberse renovado',
  'Log lines are not received': 'No se reciben líneas de registro',
  'Check cannot be made': 'Una comprobación no puede hacerse',
  'Silent source': 'Fuente en silencio',
  'Refresh token used twice': 'Token de renovación usado dos veces',
};

/** What else is said by rules, alerts and tickets. */
export const texts: Record<string, string> = {
  'Many sign-ins to this platform fail from one address within minutes, as when passwords are guessed.':
    'Fallan muchos accesos a esta plataforma desde una misma dirección en pocos minutos, como cuando se prueban contraseñas.',
  'Sign-ins to this platform fail for several different accounts from one address.':
    'Fallan accesos a esta plataforma de varias cuentas distintas desde una misma dirección.',
  'Sign-ins to one account of this platform fail from several different addresses.':
    'Fallan accesos a una cuenta de esta plataforma desde varias direcciones distintas.',
  'After many failed sign-ins to this platform from an address one succeeds, so a password may have been guessed.':
    'Tras muchos accesos fallidos a esta plataforma desde una dirección, uno tiene éxito: puede que se haya adivinado una contraseña.',
  'Somebody signed in to this platform from a network that they have never used before.':
    'Alguien entró en esta plataforma desde una red que nunca había usado.',
  'An account or a service that nobody uses was tried. Whoever did has found its name somewhere.':
    'Se probó una cuenta o un servicio que nadie usa. Quien lo hizo encontró su nombre en alguna parte.',
  'Programs that claim to be services of this platform fail to prove it again and again from one address.':
    'Programas que dicen ser servicios de esta plataforma no logran demostrarlo una y otra vez desde una misma dirección.',
  'A log that this platform is a witness of does not grow out of what it showed before, so its past was changed.':
    'Un registro del que esta plataforma es testigo no continúa lo que mostró antes: se cambió su pasado.',
  'Somebody who forgot the password': 'Alguien que ha olvidado la contraseña',
  'Somebody on the way who forgot the password': 'Alguien de viaje que ha olvidado la contraseña',
  'Journeys, and providers that change addresses': 'Viajes, y proveedores que cambian las direcciones',
  'Whoever set the canary tries it': 'Quien puso el señuelo lo prueba',
  'A service with an old secret': 'Un servicio con un secreto antiguo',
  'The other installation was restored from a backup': 'La otra instalación se restauró desde una copia de seguridad',
  'Sign-in failed': 'Acceso fallido',
  'Sign-in succeeded': 'Acceso logrado',
  'Burst of failed sign-ins': 'Ráfaga de accesos fallidos',
  'Service refused': 'Servicio rechazado',
  'An account that may administer a FortiGate was added to its configuration.':
    'Se ha añadido a la configuración de un FortiGate una cuenta que puede administrarlo.',
  'Announced changes of the administrators': 'Cambios anunciados por los administradores',
  'Somebody fails to sign in to the administration of a FortiGate again and again from one address.':
    'Alguien intenta entrar una y otra vez, sin lograrlo, en la administración de un FortiGate desde una misma dirección.',
  'An administrator who forgot the password': 'Un administrador que ha olvidado la contraseña',
  'Scripts with an old password': 'Scripts con una contraseña antigua',
  'Administrator sign-in failed': 'Acceso de administrador fallido',
  'A threshold of a denial-of-service policy was passed, such as a flood or a scan from one address.':
    'Se superó un umbral de una política contra denegación de servicio, como una inundación o un barrido desde una dirección.',
  "Backups and scanners of one's own": 'Copias de seguridad y escáneres propios',
  'Thresholds that are too low for the line': 'Umbrales demasiado bajos para la línea',
  'The intrusion prevention of a FortiGate recognised an attack of high or critical severity. Whether it was stopped stands in the action.':
    'La prevención de intrusiones de un FortiGate reconoció un ataque de severidad alta o crítica. La acción dice si lo detuvo.',
  "Vulnerability scanners of one's own": 'Escáneres de vulnerabilidades propios',
  'The antivirus of a FortiGate recognised malware in transit. Whether it was stopped stands in the action.':
    'El antivirus de un FortiGate reconoció malware en tránsito. La acción dice si lo detuvo.',
  'Test files such as EICAR': 'Archivos de prueba como EICAR',
  'Many sign-ins to the SSL VPN fail from one address within minutes.':
    'Fallan muchos accesos a la VPN SSL desde una misma dirección en pocos minutos.',
  'Several people behind one address after a change of passwords':
    'Varias personas tras una misma dirección después de un cambio de contraseñas',
  'VPN sign-in failed': 'Acceso a la VPN fallido',
  'Sign-ins to the SSL VPN fail for many different people from one address.':
    'Fallan accesos a la VPN SSL de muchas personas distintas desde una misma dirección.',
  'A branch office behind one address': 'Una delegación tras una misma dirección',
  'An account was locked after too many failed logons. Many at once point to guessing.':
    'Una cuenta se bloqueó tras demasiados inicios de sesión fallidos. Muchas a la vez apuntan a que se prueban contraseñas.',
  'People who forgot their password': 'Personas que han olvidado su contraseña',
  'A telephone or service with an old password': 'Un teléfono o un servicio con una contraseña antigua',
  'Many logons fail from one address within minutes, as when passwords are guessed.':
    'Fallan muchos inicios de sesión desde una misma dirección en pocos minutos, como cuando se prueban contraseñas.',
  'A service with an old password': 'Un servicio con una contraseña antigua',
  'Terminal servers behind one address': 'Servidores de terminales tras una misma dirección',
  'Logon failed': 'Inicio de sesión fallido',
  'After many failed logons from an address one succeeds, so a password may have been guessed.':
    'Tras muchos inicios de sesión fallidos desde una dirección, uno funciona: puede que se haya acertado una contraseña.',
  'Somebody who remembers the password in the end': 'Alguien que al final recuerda la contraseña',
  'Burst of failed logons': 'Ráfaga de inicios de sesión fallidos',
  'Logon over the network': 'Inicio de sesión por la red',
  'Logons of many different accounts fail from one address.':
    'Fallan inicios de sesión de muchas cuentas distintas desde una misma dirección.',
  'Somebody was added to a group that administers the machine or the domain.':
    'Se ha añadido a alguien a un grupo que administra el equipo o el dominio.',
  'A scheduled task was created. Intruders do it to run programs later and after a restart.':
    'Se creó una tarea programada. Los intrusos lo hacen para ejecutar programas más tarde y tras un reinicio.',
  'Installation of software': 'Instalación de software',
  'The security log of a machine was emptied, which hides what was done before.':
    'Se vació el registro de seguridad de un equipo, lo que oculta lo que se hizo antes.',
  'Preparation of machine images': 'Preparación de imágenes de equipos',
  'A service was installed. Intruders do it to run programs with all rights and after a restart.':
    'Se instaló un servicio. Los intrusos lo hacen para ejecutar programas con todos los permisos y tras un reinicio.',
  'Installation of software and updates': 'Instalación de software y actualizaciones',
  'A service was installed whose program is a command interpreter, a script host or lies where everybody may write.':
    'Se instaló un servicio cuyo programa es un intérprete de órdenes o de scripts, o está donde cualquiera puede escribir.',
  'Some installers of drivers': 'Algunos instaladores de controladores',
  'Nothing heard from {}': 'No llega nada de {}',
  'A refresh token of {} was used twice': 'Un token de renovación de {} se ha usado dos veces',
  'A refresh token of {} was used a second time, so two had it; the session is over for both. Ask whether a program was moved or copied. If not, look at what was done with the session, and set a new password.':
    'Un token de renovación de {} se ha usado por segunda vez, así que lo tenían dos; la sesión ha terminado para ambos. Pregunte si se ha movido o copiado un programa. Si no, mire qué se ha hecho con la sesión y ponga una contraseña nueva.',
  'The source {} has sent nothing for longer than its {} minutes. Look at the sender, the network between, and the listeners.':
    'La fuente {} lleva más de sus {} minutos sin enviar nada. Revise el emisor, la red intermedia y los receptores.',
};

export const decimalPoint = ',';

/** A ticket that gathers what came too often. */
export const storm = { from: /^(.+) \(storm\)$/s, to: '{} (tormenta)' };

/** What is odd about a line, and what is wrong with the text of a rule. */
export const problems: Record<string, string> = {
  // What is odd about a line.
  'more than {} fields: the rest was left out': 'más de {} campos: el resto se dejó fuera',
  'nested too deep: what is deeper was left out': 'anidado en exceso: lo más profundo se dejó fuera',
  'the text ends within a value': 'el texto termina dentro de un valor',
  'text between fields belongs to none': 'hay texto entre campos que no es de ninguno',
  '{} stands twice with different values': '{} aparece dos veces con valores distintos',
  'the time names no zone, and none is known for the source':
    'la hora no dice su huso, y de la fuente no se conoce ninguno',
  '{} cannot be read': '{} no se puede leer',

  // What is wrong with the text of a rule.
  'there is no rule': 'no hay ninguna regla',
  'there is more than one rule: import them instead': 'hay más de una regla: impórtelas',
  'is longer than 256 KiB': 'ocupa más de 256 KiB',
  'refers to `{}`, which is not in the same text': 'se refiere a `{}`, que no está en el mismo texto',
  'unknown detection identifier: {}': 'la condición nombra algo que no se define: {}',
  'not supported: {}': 'no admitido: {}',
  '`near` in a condition (use a temporal correlation)': '`near` en una condición (use una correlación temporal)',
  'aggregation in a condition (use an event_count correlation)':
    'agregación en una condición (use una correlación event_count)',
  'aggregation in a condition (use a value_sum correlation)':
    'agregación en una condición (use una correlación value_sum)',
  'aggregation in a condition (use a value_avg correlation)':
    'agregación en una condición (use una correlación value_avg)',
  'aggregation in a condition': 'agregación en una condición',
  'collections with `action` (global, repeat, reset)': 'colecciones con `action` (global, repeat, reset)',
  'Sigma filters': 'filtros de Sigma',
  '`timeframe` (use a correlation)': '`timeframe` (use una correlación)',
  'log sources by anything but product, service and category':
    'orígenes de registro por algo que no sea product, service o category',
  'placeholders (`|expand`)': 'marcadores (`|expand`)',
};

/** What is wrong with the installation, and what it is about. */
export const findings: Record<string, string> = {
  'This could not be checked: {}': 'Esto no se pudo comprobar: {}',
  '{} ran out on {}.': '{} caducó el {}.',
  '{} runs out on {}, in {} days.': '{} caduca el {}, dentro de {} días.',
  'The key that signs tokens has done so since {}; {} days are the bound.':
    'La clave que firma los tokens lo hace desde {}; el límite son {} días.',
  'A change of it was begun and has not moved on since {}.': 'Se empezó a cambiar y no avanza desde {}.',
  'It should have been changed on {}. {}': 'Debía haberse renovado el {}. {}',
  'It should have been changed on {}.': 'Debía haberse renovado el {}.',
  'The SIEM lacks {} records; the first of them waits for {} minutes. It says: {}':
    'Al SIEM le faltan {} registros; el primero espera desde hace {} minutos. Dice: {}',
  'The SIEM lacks {} records; the first of them waits for {} minutes.':
    'Al SIEM le faltan {} registros; el primero espera desde hace {} minutos.',
  'The witness lacks {} records; the first of them waits for {} minutes. It says: {}':
    'Al testigo le faltan {} registros; el primero espera desde hace {} minutos. Dice: {}',
  'The witness lacks {} records; the first of them waits for {} minutes.':
    'Al testigo le faltan {} registros; el primero espera desde hace {} minutos.',
  'A process has logged {} errors from {} to {} UTC; its log says which.':
    'Un proceso ha registrado {} errores de {} a {} UTC; su registro dice cuáles.',
  "Requests are counted by each node for itself until it is back; the process's log says why.":
    'Cada nodo cuenta las peticiones por su cuenta hasta que vuelva; el registro del proceso dice por qué.',
  '{} percent are in use; {} is the bound.': 'Está en uso el {} por ciento; el límite es {}.',
  'Another program has the port: it listens at {} instead.':
    'Otro programa ocupa el puerto: escucha en {} en su lugar.',
  'Another program has the port: {}.': 'Otro programa ocupa el puerto: {}.',
  'This process may not bind the port: {}.': 'El proceso no puede usar ese puerto: {}.',
  'No interface of this machine has the address: {}.': 'Ninguna interfaz de esta máquina tiene esa dirección: {}.',
  'The setting is not ADDRESS:PORT: {}.': 'El ajuste no es DIRECCIÓN:PUERTO: {}.',
  'The certificate, its key or the authorities cannot be used: {}.':
    'No se pueden usar el certificado, su clave o las CA: {}.',
  'The system does not let it listen there: {}.': 'El sistema no permite escuchar ahí: {}.',
  'The disk takes nothing.': 'El disco no acepta nada.',
  'No room is left for what waits to be kept.': 'No queda sitio para lo que espera a guardarse.',

  // What it is about.
  '{}_file on {}': '{}_file en {}',
  'disk of {} on {}': 'disco de {} en {}',
  'memory of {}': 'memoria de {}',
  'open files of a process on {}': 'archivos abiertos de un proceso en {}',
  'connections of the database': 'conexiones de la base de datos',
  'the key of access tokens': 'la clave de los tokens de acceso',
  'the signing keys': 'las claves de firma',
  'the secrets': 'los secretos',
  "the audit log's followers": 'quienes siguen el registro de auditoría',
  "the database's connections": 'las conexiones de la base de datos',
  'witness {}': 'testigo {}',
  'log lines on {}': 'líneas de registro en {}',
  'UDP {} on {}': 'UDP {} en {}',
  'TCP {} on {}': 'TCP {} en {}',
  'TLS {} on {}': 'TLS {} en {}',
};

/** The tactics of ATT&CK, whoever names them. */
export const tactics: Record<string, string> = {
  Reconnaissance: 'Reconocimiento',
  'Resource Development': 'Desarrollo de recursos',
  'Initial Access': 'Acceso inicial',
  Execution: 'Ejecución',
  Persistence: 'Persistencia',
  'Privilege Escalation': 'Escalada de privilegios',
  'Defense Evasion': 'Evasión de defensas',
  'Credential Access': 'Acceso a credenciales',
  Discovery: 'Descubrimiento',
  'Lateral Movement': 'Movimiento lateral',
  Collection: 'Recolección',
  'Command and Control': 'Mando y control',
  Exfiltration: 'Exfiltración',
  Impact: 'Impacto',
};
