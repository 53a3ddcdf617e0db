// Verifies presentations with `jose`: {jwks, issuer, now, tokens} on standard input, one answer each.
import {readFileSync} from "node:fs";
import {createLocalJWKSet, jwtVerify} from "jose";

const given = JSON.parse(readFileSync(0, "utf8"));
const keys = createLocalJWKSet(given.jwks);
const answers = [];
for (const token of given.tokens) {
  try {
    const {payload, protectedHeader} = await jwtVerify(token, keys, {
      algorithms: ["ES256"], typ: "lc-presentation+jwt", issuer: given.issuer, clockTolerance: 60,
      currentDate: new Date(given.now * 1000), requiredClaims: ["jti", "iat", "exp", "vct", "holder"],
    });
    answers.push({valid: true, payload, kid: protectedHeader.kid});
  } catch (error) {
    answers.push({valid: false, code: error.code});
  }
}
console.log(JSON.stringify(answers));
