import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { sha256, sha256Hex } from './hash.ts'
import { Secret } from './secret.ts'
import {
  generateSigningKey,
  publicKeyFromRaw,
  signingKeyFromPem,
  signingKeyFromSeed,
} from './signing-key.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

/** RFC 8032, section 7.1: tests 1, 2, 3 and SHA(abc). */
const rfc8032 = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
  {
    seed: '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    publicKey: 'ec172b93ad5e563f4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    message:
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    signature:
      'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  },
]

describe('Ed25519', () => {
  test('signs and verifies the vectors of RFC 8032', () => {
    for (const vector of rfc8032.slice(0, 3)) {
      const key = signingKeyFromSeed(hex(vector.seed))
      expect(Buffer.from(key.publicKey.raw).toString('hex')).toBe(vector.publicKey)
      expect(Buffer.from(key.sign(hex(vector.message))).toString('hex')).toBe(vector.signature)
      const publicKey = publicKeyFromRaw(hex(vector.publicKey))
      expect(publicKey.verify(hex(vector.message), hex(vector.signature))).toBe(true)
    }
    const last = rfc8032[3]!
    const key = signingKeyFromSeed(hex(last.seed))
    expect(Buffer.from(key.sign(hex(last.message))).toString('hex')).toBe(last.signature)
  })

  test('refuses a flipped bit of the signature, and a signature made larger by the group order', () => {
    const { publicKey, message, signature } = rfc8032[2]!
    const key = publicKeyFromRaw(hex(publicKey))
    for (let bit = 0; bit < 512; bit++) {
      const flipped = hex(signature)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(key.verify(hex(message), flipped)).toBe(false)
    }
    // S + L is the same point equation; accepting it would give one text two signatures.
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const malleated = hex(signature)
    let carry = 0n
    for (let i = 0; i < 32; i++) {
      const sum = BigInt(malleated[32 + i]!) + ((order >> BigInt(8 * i)) & 255n) + carry
      malleated[32 + i] = Number(sum & 255n)
      carry = sum >> 8n
    }
    expect(key.verify(hex(message), malleated)).toBe(false)
    expect(key.verify(hex(message), hex(signature).subarray(1))).toBe(false)
  })

  test('keys survive PEM, and do not print themselves', () => {
    const key = generateSigningKey()
    const pem = key.pem()
    const again = signingKeyFromPem(pem)
    expect(again.publicKey.raw).toEqual(key.publicKey.raw)
    for (const printed of [
      inspect({ key, pem }, { depth: 9 }),
      JSON.stringify({ key, pem }),
      `${pem}`,
    ]) {
      expect(printed).not.toContain(pem.reveal().split('\n')[1])
    }
  })

  test('keys of other sizes and kinds are refused', () => {
    expect(() => signingKeyFromSeed(Buffer.alloc(31))).toThrow('32 bytes')
    expect(() => publicKeyFromRaw(Buffer.alloc(33))).toThrow('32 bytes')
    expect(() => signingKeyFromPem(new Secret('not a key'))).toThrow('not a PEM')
  })
})

describe('SHA-256', () => {
  test('gives the digests of FIPS 180-4', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    const long = '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'
    expect(sha256Hex('abc')).toBe(abc)
    expect(sha256(Buffer.from('abc')).toString('hex')).toBe(abc)
    expect(sha256Hex('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')).toBe(long)
    expect(sha256Hex(Buffer.alloc(1_000_000, 'a'))).toBe(
      'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
    )
  })
})
