import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

/** The accent: verdigris. It is far from every severity colour, so that it never reads as an alarm. */
const verdigris: MantineColorsTuple = [
  '#e9f5f3',
  '#d3e8e5',
  '#a9d3ce',
  '#7bbdb6',
  '#52a89f',
  '#2d9188',
  '#147970',
  '#0d665f',
  '#0a544e',
  '#063f3b',
];

/** Neutrals lean to green, so that they sit with the accent. Light surfaces use the low end, dark ones `dark`. */
const gray: MantineColorsTuple = [
  '#f8f9f7',
  '#f1f3f0',
  '#e6e9e5',
  '#d8ddd8',
  '#bfc6c1',
  '#98a39e',
  '#6f7b76',
  '#525d59',
  '#353e3b',
  '#1b2220',
];

const dark: MantineColorsTuple = [
  '#dfe6e3',
  '#b9c4c0',
  '#99a6a1',
  '#6c7a75',
  '#33403c',
  '#28322f',
  '#1e2624',
  '#171d1c',
  '#111615',
  '#0c100f',
];

interface ThemeTexts {
  close: string;
}

/** Named in the person's language: the close buttons of dialogs have no text of their own. */
export const makeTheme = ({ close }: ThemeTexts) =>
  createTheme({
    primaryColor: 'verdigris',
    primaryShade: { light: 7, dark: 4 },
    colors: { verdigris, gray, dark },
    white: '#ffffff',
    black: '#161c1a',
    autoContrast: true,
    luminanceThreshold: 0.2,
    fontFamily: "'IBM Plex Sans Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
    fontFamilyMonospace: "'IBM Plex Mono', ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
    fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
    lineHeights: { xs: '1.35', sm: '1.4', md: '1.45', lg: '1.5', xl: '1.5' },
    spacing: { xs: '0.25rem', sm: '0.5rem', md: '0.75rem', lg: '1rem', xl: '1.5rem' },
    radius: { xs: '2px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
    defaultRadius: 'sm',
    headings: {
      fontWeight: '600',
      sizes: {
        h1: { fontSize: '1.125rem', lineHeight: '1.4' },
        h2: { fontSize: '0.9375rem', lineHeight: '1.4' },
        h3: { fontSize: '0.875rem', lineHeight: '1.4' },
      },
    },
    respectReducedMotion: true,
    cursorType: 'pointer',
    focusRing: 'auto',
    components: {
      ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 28 } },
      Button: { defaultProps: { size: 'sm' } },
      Drawer: {
        defaultProps: {
          transitionProps: { duration: 120 },
          overlayProps: { backgroundOpacity: 0.28 },
          closeButtonProps: { 'aria-label': close },
          attributes: { header: { role: 'presentation' } },
        },
      },
      Menu: { defaultProps: { shadow: 'none', transitionProps: { duration: 0 }, withinPortal: true } },
      Modal: {
        defaultProps: {
          centered: true,
          transitionProps: { duration: 120 },
          overlayProps: { backgroundOpacity: 0.4 },
          closeButtonProps: { 'aria-label': close },
          // A header outside of sections would be a second banner of the page.
          attributes: { header: { role: 'presentation' } },
        },
      },
      // At once: a fading popover would keep the focus from the next key press.
      Popover: { defaultProps: { shadow: 'none', transitionProps: { duration: 0 }, returnFocus: true } },
      Select: { defaultProps: { checkIconPosition: 'right' } },
      Tabs: { defaultProps: { keepMounted: false } },
      Tooltip: {
        defaultProps: { openDelay: 350, withArrow: false, transitionProps: { duration: 80 }, multiline: true },
      },
    },
  });

/** Our tokens, one set for each scheme. Components use only these names. */
export const resolveTokens: CSSVariablesResolver = () => ({
  variables: {
    '--cc-row-height': '40px',
    '--cc-rail-width': '52px',
    '--cc-bar-height': '46px',
  },
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#161c1a',
    '--mantine-color-dimmed': '#56625d',
    '--mantine-color-placeholder': '#66726d',
    '--mantine-color-anchor': '#0a5f58',
    '--mantine-color-default-border': '#d3d9d4',
    '--mantine-color-error': '#b3123f',
    '--cc-on-fill': '#ffffff',
    '--cc-ground': '#f4f5f2',
    '--cc-surface': '#ffffff',
    '--cc-raised': '#fafbf9',
    '--cc-hover': '#eff2ee',
    '--cc-selected': '#e2f0ee',
    '--cc-line': '#e0e4df',
    '--cc-line-strong': '#c6cdc7',
    '--cc-field-line': '#808b86',
    '--cc-text': '#161c1a',
    '--cc-text-dim': '#56625d',
    '--cc-accent': '#0d665f',
    '--cc-accent-soft': '#d9ebe8',
    '--cc-focus': '#0d665f',
    '--cc-rail': '#12201e',
    '--cc-rail-text': '#b3c4c0',
    '--cc-rail-active': '#24403c',
    '--cc-critical': '#a80f3c',
    '--cc-high': '#ad4a00',
    '--cc-medium': '#7d6000',
    '--cc-low': '#2559ab',
    '--cc-informational': '#5a6561',
    '--cc-good': '#0d665f',
    '--cc-warn': '#8a5300',
    '--cc-bad': '#a80f3c',
    '--cc-warn-soft': '#fbf0dc',
    '--cc-bad-soft': '#fbe6eb',
  },
  dark: {
    '--mantine-color-body': '#171d1c',
    '--mantine-color-text': '#dfe6e3',
    '--mantine-color-dimmed': '#99a6a1',
    '--mantine-color-placeholder': '#84918c',
    '--mantine-color-anchor': '#7fd0c6',
    '--mantine-color-default-border': '#33403c',
    '--mantine-color-error': '#ff8095',
    '--cc-on-fill': '#08110f',
    '--cc-ground': '#0f1413',
    '--cc-surface': '#161c1b',
    '--cc-raised': '#1b2221',
    '--cc-hover': '#1e2725',
    '--cc-selected': '#18332f',
    '--cc-line': '#27312e',
    '--cc-line-strong': '#3a4844',
    // At least 3:1 on every surface: without its frame a field is not seen.
    '--cc-field-line': '#6b7b76',
    '--cc-text': '#dfe6e3',
    '--cc-text-dim': '#99a6a1',
    '--cc-accent': '#6cc5bb',
    '--cc-accent-soft': '#1a3a36',
    '--cc-focus': '#7fd0c6',
    '--cc-rail': '#0b0f0e',
    '--cc-rail-text': '#9eaca7',
    '--cc-rail-active': '#1b2b28',
    '--cc-critical': '#ff7a94',
    '--cc-high': '#ff9f57',
    '--cc-medium': '#e3c04b',
    '--cc-low': '#86b3ff',
    '--cc-informational': '#9aa6a2',
    '--cc-good': '#6cc5bb',
    '--cc-warn': '#e9b562',
    '--cc-bad': '#ff7a94',
    '--cc-warn-soft': '#2f2716',
    '--cc-bad-soft': '#381d24',
  },
});
