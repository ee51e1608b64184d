/** `nn.init`: everything that fills weights. */
export {
  calculateGain,
  constant_,
  kaimingNormal_,
  kaimingUniform_,
  normal_,
  ones_,
  uniform_,
  xavierNormal_,
  xavierUniform_,
  zeros_,
} from "./init.ts";
export { dirac_, eye_, orthogonal_, sparse_, truncNormal_ } from "./init-structured.ts";
