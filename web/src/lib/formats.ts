/** The formats of log lines that a source can be said to send, under the names their products give them. */
export const FORMATS = [
  { value: 'fortigate_key_value', label: 'FortiGate · key=value' },
  { value: 'fortigate_csv', label: 'FortiGate · CSV' },
  { value: 'fortigate_cef', label: 'FortiGate · CEF' },
  { value: 'fortigate_json', label: 'FortiGate · JSON' },
  { value: 'fortisiem', label: 'FortiSIEM' },
  { value: 'snare', label: 'Windows · Snare' },
  { value: 'nxlog_json', label: 'Windows · NXLog JSON' },
  { value: 'winlogbeat', label: 'Windows · Winlogbeat' },
  { value: 'wazuh', label: 'Windows · Wazuh' },
  { value: 'event_xml', label: 'Windows · Event XML' },
  { value: 'event_json', label: 'Windows · Event JSON' },
  { value: 'cef', label: 'CEF' },
  { value: 'leef', label: 'LEEF' },
  { value: 'key_value', label: 'key=value' },
  { value: 'json', label: 'JSON' },
];

export const formatLabel = (name: string) => FORMATS.find(({ value }) => value === name)?.label ?? name;
