import type { paths } from './generated/schema';
import type { AlertDetail, BulkChange } from './model';

/** Query values; lists travel comma separated, absent ones not at all. */
export type QueryValue = string | number | boolean | readonly string[] | null | undefined;
export type Query = Record<string, QueryValue>;

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type MethodsOf<Path> = { [M in Method]: Path extends Record<M, object> ? M : never }[Method];

/** Every operation of the API: its method and its path below /api/v1, such as `GET /tickets/{id}`. */
export type Operation = {
  [P in keyof paths]: P extends `/api/v1${infer Rest}` ? `${Uppercase<MethodsOf<paths[P]>>} ${Rest}` : never;
}[keyof paths];

type Definition<Op extends Operation> = Op extends `${infer M} ${infer Rest}`
  ? `/api/v1${Rest}` extends keyof paths
    ? paths[`/api/v1${Rest}`][Lowercase<M> & keyof paths[`/api/v1${Rest}`]]
    : never
  : never;

type Parameters<Op extends Operation, Place extends string> =
  Definition<Op> extends { parameters: infer All }
    ? Place extends keyof All
      ? NonNullable<All[Place]>
      : never
    : never;

/** Where the document says less than the server does. */
interface PreciseResponses {
  'GET /alerts/{id}': AlertDetail;
}
interface PreciseBodies {
  'POST /tickets/bulk': { ids: string[]; change: BulkChange };
}

type JsonOf<Answer> = Answer extends { content: { 'application/json': infer Body } }
  ? Body
  : Answer extends { content: { 'application/x-ndjson': infer Line } }
    ? Line
    : undefined;

/** What an operation answers when it succeeds, or each line of it; `undefined` for those that answer nothing. */
export type ResponseOf<Op extends Operation> = Op extends keyof PreciseResponses
  ? PreciseResponses[Op]
  : Definition<Op> extends { responses: infer All }
    ? JsonOf<All[keyof All & (200 | 201 | 202 | 204)]>
    : never;

type Encoded<Content> = Content extends { 'application/json': infer Body }
  ? Body
  : Content extends { 'multipart/form-data': unknown }
    ? FormData
    : Blob;

/** What an operation takes; `undefined` for those that take nothing. */
export type BodyOf<Op extends Operation> = Op extends keyof PreciseBodies
  ? PreciseBodies[Op]
  : Definition<Op> extends { requestBody: { content: infer Content } }
    ? Encoded<Content>
    : undefined;

type PathOption<Op extends Operation> = [Parameters<Op, 'path'>] extends [never]
  ? { path?: undefined }
  : { path: Parameters<Op, 'path'> };

type QueryOption<Op extends Operation> = [Parameters<Op, 'query'>] extends [never]
  ? { query?: undefined }
  : { query?: { [Name in keyof Parameters<Op, 'query'>]?: QueryValue } };

type BodyOption<Op extends Operation> = [BodyOf<Op>] extends [undefined] ? { body?: undefined } : { body: BodyOf<Op> };

/** Sent as If-Match; a stale one answers 412 and nothing is overwritten. */
type VersionOption<Op extends Operation> = [Parameters<Op, 'header'>] extends [never]
  ? { version?: undefined }
  : Record<never, never> extends Parameters<Op, 'header'>
    ? { version?: number }
    : { version: number };

export type CallOptions<Op extends Operation> = PathOption<Op> &
  QueryOption<Op> &
  BodyOption<Op> &
  VersionOption<Op> & { signal?: AbortSignal };

/** An operation that needs nothing may be called with nothing. */
export type OptionArgument<Op extends Operation> =
  Record<never, never> extends CallOptions<Op> ? [options?: CallOptions<Op>] : [options: CallOptions<Op>];
