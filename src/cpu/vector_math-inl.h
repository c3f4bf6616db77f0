// vector_math: exp, log2, tanh, sigmoid and the exact GELU on vectors of floats, and a loop over them, for one instruction set at a time.
// Fitted by weighted least squares to the minimax error (Lawson 1961), checked against double in activation_test.cc.
#if defined(CROSSRANK_CPU_VECTOR_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSRANK_CPU_VECTOR_MATH_INL_H_
#undef CROSSRANK_CPU_VECTOR_MATH_INL_H_
#else
#define CROSSRANK_CPU_VECTOR_MATH_INL_H_
#endif

#include <hwy/highway.h>

#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Calls step(d, i) for whole vectors of [0, n), then for what is left one by one.
template <class Step>
HWY_INLINE void for_vectors(size_t n, const Step& step) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) step(d, i);
  for (; i < n; ++i) step(one, i);
}

// The larger, or the smaller, of x and a bound; not a number stays none. MAXPS and MINPS give their second operand where one is none.
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
template <class D, class V = hn::Vec<D>>
HWY_INLINE V at_least(D d, V x, float bound) {
  return hn::Max(hn::Set(d, bound), x);
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE V at_most(D d, V x, float bound) {
  return hn::Min(hn::Set(d, bound), x);
}
#else
template <class D, class V = hn::Vec<D>>
HWY_INLINE V at_least(D d, V x, float bound) {
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Max(x, hn::Set(d, bound)));
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE V at_most(D d, V x, float bound) {
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Min(x, hn::Set(d, bound)));
}
#endif

template <class D, class V = hn::Vec<D>>
HWY_INLINE V within(D d, V x, float limit) {
  return at_most(d, at_least(d, x, -limit), limit);
}

// The nearest whole number n, and y 2^n.
#if HWY_TARGET == HWY_AVX3
HWY_INLINE hn::Vec512<float> nearest_whole(hn::Vec512<float> x) { return {_mm512_roundscale_ps(x.raw, _MM_FROUND_TO_NEAREST_INT)}; }
HWY_INLINE hn::Vec512<float> times_exp2(hn::Vec512<float> y, hn::Vec512<float> n) { return {_mm512_scalef_ps(y.raw, n.raw)}; }
#endif

// 2^f for |f| <= 1/2, relative error 1e-7 (degree 5, and roundings), or 8e-5 (degree 3) for what is rounded to bf16, which keeps 4e-3.
enum class ExpDegree { kThree, kFive };
template <ExpDegree kDegree = ExpDegree::kFive, class D, class V = hn::Vec<D>>
HWY_INLINE V exp2_of_fraction(D d, V f) {
  if constexpr (kDegree == ExpDegree::kThree) {
    V p = hn::Set(d, 0.0551716695f);
    p = hn::MulAdd(p, f, hn::Set(d, 0.242611125f));
    p = hn::MulAdd(p, f, hn::Set(d, 0.693260986f));
    return hn::MulAdd(p, f, hn::Set(d, 0.999928073f));
  }
  V p = hn::Set(d, 0.0013264727f);
  p = hn::MulAdd(p, f, hn::Set(d, 0.009671513f));
  p = hn::MulAdd(p, f, hn::Set(d, 0.055507336f));
  p = hn::MulAdd(p, f, hn::Set(d, 0.24022242f));
  p = hn::MulAdd(p, f, hn::Set(d, 0.693147f));
  return hn::MulAdd(p, f, hn::Set(d, 1.0f));
}

// 2^x for x <= 127, relative error as above. 0, or on AVX-512 less than 2^-126, for x <= -127.
template <ExpDegree kDegree = ExpDegree::kFive, class D, class V = hn::Vec<D>>
HWY_INLINE V exp2_of(D d, V x) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (std::is_same_v<V, hn::Vec512<float>>) {
    x = at_least(d, x, -200.0f);  // below every float; of minus infinity there is no fraction
    const V whole = nearest_whole(x);
    return times_exp2(exp2_of_fraction<kDegree>(d, hn::Sub(x, whole)), whole);
  }
#endif
  const hn::RebindToSigned<D> di;
  x = at_least(d, x, -127.0f);
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits; 127 more makes it the exponent of a float.
  const V shift = hn::Set(d, 12582912.0f + 127.0f);
  const V shifted = hn::Add(x, shift);
  const V p = exp2_of_fraction<kDegree>(d, hn::Sub(x, hn::Sub(shifted, shift)));
  const auto power = hn::ShiftLeft<23>(hn::BitCast(di, shifted));
  return hn::Mul(p, hn::BitCast(d, power));
}

// log2(x) for positive x that are not subnormal, absolute error 2e-6: of the mantissa, by the series of the inverse hyperbolic tangent.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log2_of(D d, V x) {
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(di, x);
  const auto exponent = hn::ShiftRight<23>(hn::Sub(bits, hn::Set(di, 0x3F3504F3)));  // from sqrt(1/2) on
  const V mantissa = hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(exponent)));
  const V one = hn::Set(d, 1.0f);
  const V t = hn::Div(hn::Sub(mantissa, one), hn::Add(mantissa, one));
  const V u = hn::Mul(t, t);
  V p = hn::MulAdd(hn::Set(d, 0.412198583f), u, hn::Set(d, 0.577078016f));
  p = hn::MulAdd(p, u, hn::Set(d, 0.961796694f));
  p = hn::MulAdd(p, u, hn::Set(d, 2.88539008f));
  return hn::MulAdd(p, t, hn::ConvertTo(d, exponent));
}

inline constexpr float kLog2E = 1.44269504f;

template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_of(D d, V x) {
  // The product's rounding would cost |x| * 6e-8: take it back with the part of log2(e) beyond a float, and what the product lost.
  const V product = hn::Mul(x, hn::Set(d, kLog2E));
  const V lost = hn::MulAdd(x, hn::Set(d, 1.92596299e-8f), hn::MulSub(x, hn::Set(d, kLog2E), product));
  const V power = exp2_of(d, at_most(d, product, 127.0f));
  return hn::MulAdd(power, hn::Mul(lost, hn::Set(d, 0.693147181f)), power);
}

// 1 / x for 1e-30 < x < 1e30, relative error 2e-7.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V reciprocal_of(D d, V x) {
#if HWY_ARCH_X86
  const V guess = hn::ApproximateReciprocal(x);  // 12 or 14 bits; Newton's step doubles them
  return hn::MulAdd(guess, hn::NegMulAdd(x, guess, hn::Set(d, 1.0f)), guess);
#else
  return hn::Div(hn::Set(d, 1.0f), x);
#endif
}

// 1 / (1 + e^-x), absolute error 2e-7.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sigmoid_of(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  return reciprocal_of(d, hn::Add(one, exp_of(d, hn::Neg(within(d, x, 60.0f)))));
}

// tanh, absolute error 3e-7.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V tanh_of(D d, V x) {
  const V two = hn::Set(d, 2.0f);
  return hn::MulSub(two, sigmoid_of(d, hn::Mul(two, x)), hn::Set(d, 1.0f));
}

// erf(x / sqrt(2)) / 2, absolute error 2e-7: fitted as x * P(x^2) / Q(x^2) on |x| <= 5.5, beyond which it is 1/2 in f32.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V half_erf_of(D d, V x) {
  const V bounded = within(d, x, 5.5f);
  const V u = hn::Mul(bounded, bounded);
  V p = hn::MulAdd(hn::Set(d, 2.22159731e-08f), u, hn::Set(d, 6.53075176e-06f));
  V q = hn::MulAdd(hn::Set(d, 1.19540016e-06f), u, hn::Set(d, 7.86104356e-05f));
  p = hn::MulAdd(p, u, hn::Set(d, 0.000182858508f));
  q = hn::MulAdd(q, u, hn::Set(d, 0.00196243613f));
  p = hn::MulAdd(p, u, hn::Set(d, 0.00476161856f));
  q = hn::MulAdd(q, u, hn::Set(d, 0.0293987095f));
  p = hn::MulAdd(p, u, hn::Set(d, 0.0351423509f));
  q = hn::MulAdd(q, u, hn::Set(d, 0.254752398f));
  p = hn::MulAdd(p, u, hn::Set(d, 0.398941994f));
  q = hn::MulAdd(q, u, hn::Set(d, 1.0f));
  return hn::Mul(hn::Mul(bounded, p), reciprocal_of(d, q));
}

// x * Phi(x) (Hendrycks & Gimpel 2016), absolute error 2e-7 * max(1, |x|).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu_of(D d, V x) {
  return hn::MulAdd(x, half_erf_of(d, x), hn::Mul(x, hn::Set(d, 0.5f)));
}

// The tanh form: x * sigmoid(2 * sqrt(2 / pi) * (x + 0.044715 x^3)).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu_tanh_of(D d, V x) {
  const V inner = hn::Mul(x, hn::MulAdd(hn::Mul(x, x), hn::Set(d, 0.0713548163f), hn::Set(d, 1.59576912f)));
  return hn::Mul(x, sigmoid_of(d, inner));
}

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_VECTOR_MATH_INL_H_
