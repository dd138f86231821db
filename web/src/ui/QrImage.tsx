import classes from './QrImage.module.css';

interface QrImageProps {
  code: { size: number; path: string };
  label: string;
}

/** Squares of light around a code, without which cameras do not find it (ISO 18004, 9.1). */
const MARGIN = 4;

/** A QR code: dark on light in either theme, for that is what every camera reads. */
export function QrImage({ code, label }: QrImageProps) {
  const side = code.size + 2 * MARGIN;
  return (
    <svg
      className={classes.qr}
      viewBox={`${-MARGIN} ${-MARGIN} ${side} ${side}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d={code.path} fill="#000" />
    </svg>
  );
}
