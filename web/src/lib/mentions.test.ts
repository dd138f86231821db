import { describe, expect, it } from 'vitest';
import { mentionAt, readMentions, writeMentions } from './mentions';

const people = [
  { id: '1', display_name: 'Ana' },
  { id: '2', display_name: 'Ana María López' },
];

describe('mentions', () => {
  it('are stored with the id and read as the name', () => {
    const written = writeMentions('Mira esto, @Ana María López, y tú @Ana.', people);
    expect(written).toBe('Mira esto, @[Ana María López](user:2), y tú @[Ana](user:1).');
    expect(readMentions(written)).toBe('Mira esto, @Ana María López, y tú @Ana.');
  });

  it('leave other words alone', () => {
    expect(writeMentions('correo@Anabel y @Anabel', people)).toBe('correo@Anabel y @Anabel');
  });

  it('are offered while a name is typed', () => {
    expect(mentionAt('Hola @an', 8)).toEqual({ start: 5, query: 'an' });
    expect(mentionAt('correo@an', 9)).toBeNull();
    expect(mentionAt('Hola @an', 3)).toBeNull();
  });
});
