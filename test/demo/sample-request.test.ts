import { expect, test } from 'vitest';
import { sampleRequest, withFallbackName } from '../../src/demo/sample-request.js';

const IDS = {
  projectId: '5f2b9a0e-7c14-4d36-8a51-2e9d0c7b6f18',
  connectionId: '0d9c3e7a-61b8-4f02-9e45-b7a1c2d3e4f5',
  clientId: 'Vn4Wq8bT2kXs6LrYpD0cGm7uJh1eZa5f',
};

test('the sample request is the one of the documentation, but for its ids', () => {
  expect(sampleRequest(IDS)).toEqual({
    name: 'my-auth0-rotation',
    projectId: IDS.projectId,
    description: 'my client secret rotation',
    connectionId: IDS.connectionId,
    environment: 'dev',
    secretPath: '/',
    isAutoRotationEnabled: true,
    rotationInterval: 30,
    rotateAtUtc: { hours: 0, minutes: 0 },
    parameters: { clientId: IDS.clientId },
    secretsMapping: { clientId: 'AUTH0_CLIENT_ID', clientSecret: 'AUTH0_CLIENT_SECRET' },
  });
});

test('overlap takes one more name and changes nothing else', () => {
  const sample = sampleRequest(IDS);
  expect(withFallbackName(sample)).toEqual({
    ...sample,
    secretsMapping: { ...sample.secretsMapping, fallbackClientSecret: 'AUTH0_CLIENT_SECRET_FALLBACK' },
  });
});
