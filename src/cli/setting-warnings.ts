/** What a person should know about the settings of a run. None of it prevents the run. */
import type { PlanWarning } from '../provider/contract.js';
import type { Given } from './given.js';
import type { PlainSettings } from './plain-settings.js';
import { fieldOf } from './setting-names.js';

/** The warnings about the settings of one rotation. */
export function settingWarnings(given: Given, plain: PlainSettings): PlanWarning[] {
  return [...overrideWarnings(given), ...siteUrlWarnings(plain, given)];
}

function overrideWarnings(given: Given): PlanWarning[] {
  return [...Object.values(given.values), ...Object.values(given.secrets)].flatMap(({ field, wins }) =>
    wins === undefined
      ? []
      : [{ code: 'SETTING_OVERRIDDEN', message: `${field} wins over ${wins} of the config file.` }],
  );
}

function siteUrlWarnings(plain: PlainSettings, given: Given): PlanWarning[] {
  const { protocol, hostname } = new URL(plain.infisicalSiteUrl);
  if (protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return [];
  const field = fieldOf(given, 'infisicalSiteUrl');
  return [{ code: 'STORE_NOT_ENCRYPTED', message: `${field} uses http: secrets cross the network unencrypted.` }];
}
