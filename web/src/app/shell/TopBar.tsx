import classes from './TopBar.module.css';

export function TopBar() {
  return <header className={classes.bar} />;
}
