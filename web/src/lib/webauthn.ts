/** Passkeys in the browser: the standard's JSON from and to what `navigator.credentials` takes and gives. */

export type PasskeyProblem =
  | 'passkey_cancelled'
  | 'passkey_exists'
  | 'passkey_elsewhere'
  | 'passkey_unsupported'
  | 'passkey_failed';

/** Its code is one of the errors that are told in the reader's language. */
export class PasskeyError extends Error {
  constructor(readonly code: PasskeyProblem) {
    super(code);
    this.name = 'PasskeyError';
  }
}

interface DescriptorJson {
  id: string;
  transports: string[];
}

export interface CreationOptionsJson {
  rp: { id: string; name: string };
  user: { id: string; name: string; displayName: string };
  challenge: string;
  pubKeyCredParams: { alg: number }[];
  timeout: number;
  excludeCredentials: DescriptorJson[];
  authenticatorSelection: { residentKey: string; userVerification: string };
}

export interface RequestOptionsJson {
  challenge: string;
  timeout: number;
  rpId: string;
  allowCredentials: DescriptorJson[];
  userVerification: string;
}

export function canUsePasskeys(): boolean {
  return typeof window.PublicKeyCredential === 'function' && navigator.credentials !== undefined;
}

/** Asks the browser to make a key. */
export async function createPasskey(options: CreationOptionsJson) {
  const credential = await ask(() =>
    navigator.credentials.create({
      publicKey: {
        rp: options.rp,
        user: { ...options.user, id: toBytes(options.user.id) },
        challenge: toBytes(options.challenge),
        pubKeyCredParams: options.pubKeyCredParams.map(({ alg }) => ({ type: 'public-key', alg })),
        timeout: options.timeout,
        excludeCredentials: options.excludeCredentials.map(descriptor),
        authenticatorSelection: {
          residentKey: options.authenticatorSelection.residentKey as ResidentKeyRequirement,
          userVerification: options.authenticatorSelection.userVerification as UserVerificationRequirement,
        },
        attestation: 'none',
      },
    }),
  );
  const response = credential.response as AuthenticatorAttestationResponse;
  return {
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      attestationObject: toText(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

/** Asks the browser for a signature of a key. */
export async function getPasskey(options: RequestOptionsJson) {
  const credential = await ask(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: toBytes(options.challenge),
        timeout: options.timeout,
        rpId: options.rpId,
        allowCredentials: options.allowCredentials.map(descriptor),
        userVerification: options.userVerification as UserVerificationRequirement,
      },
    }),
  );
  const response = credential.response as AuthenticatorAssertionResponse;
  return {
    id: toText(credential.rawId),
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      authenticatorData: toText(response.authenticatorData),
      signature: toText(response.signature),
      userHandle: response.userHandle ? toText(response.userHandle) : null,
    },
  };
}

async function ask(call: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (!canUsePasskeys()) throw new PasskeyError('passkey_unsupported');
  const credential = await call().catch((cause: unknown) => {
    throw new PasskeyError(problemOf(cause));
  });
  if (!credential) throw new PasskeyError('passkey_failed');
  return credential as PublicKeyCredential;
}

/** Browsers do not say whether somebody declined, waited too long, or has none: it is one error, on purpose. */
export function problemOf(cause: unknown): PasskeyProblem {
  switch ((cause as { name?: unknown } | null)?.name) {
    case 'NotAllowedError':
    case 'AbortError':
      return 'passkey_cancelled';
    case 'InvalidStateError':
      return 'passkey_exists';
    case 'SecurityError':
      return 'passkey_elsewhere';
    case 'NotSupportedError':
      return 'passkey_unsupported';
    default:
      return 'passkey_failed';
  }
}

function descriptor({ id, transports }: DescriptorJson): PublicKeyCredentialDescriptor {
  return { type: 'public-key', id: toBytes(id), transports: transports as AuthenticatorTransport[] };
}

/** From base64url without padding. */
export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

export function toText(buffer: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
