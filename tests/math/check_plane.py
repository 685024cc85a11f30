#!/usr/bin/env python3
"""Every formula that src/flow/plane/plane.md marks [V], checked numerically (numpy; scipy only for the assignment problem of D
and F, which is left out without it), half a minute on one core.

Conventions: t = 0 noise, t = 1 data, x_t = alpha x1 + sigma x0, x0 ~ N(0, I), d = 2. Run: python3 tests/math/check_plane.py
(FULL=1: raster 512^2 instead of 256^2 in D, 64 and 128 evaluations there, and more particles; some minutes more). It ends with status 1 if a check fails.
"""
import os
os.environ.setdefault("OMP_NUM_THREADS", "1"); os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import sys, time, math
import numpy as np
try:
    from scipy.optimize import linear_sum_assignment as lsa
except ImportError:
    lsa = None
T0 = time.time(); R = np.random.default_rng(20241030); RES = []; PI = np.pi


def check(name, err, tol, extra=""):
    err = float(err); ok = bool(np.isfinite(err) and err <= tol); RES.append((name, ok))
    print(f"[{'PASS' if ok else 'FAIL'}] {name:<92s} err={err:9.2e} tol={tol:7.0e} {extra}", flush=True)


def note(s):
    print("      " + s, flush=True)


def section(s):
    print(f"\n== {s}   ({time.time()-T0:.0f} s)", flush=True)


def Phi(z):                                   # normal cdf, vectorised
    return 0.5 * (1 + _erf(z / math.sqrt(2)))


_erf = np.vectorize(math.erf, otypes=[float])
phi = lambda z: np.exp(-0.5 * z * z) / math.sqrt(2 * PI)

# ------------------------------------------------------------------------------------------------ paths
class CondOT:
    name = "cond-OT"; t0, t1 = 0.0, 1.0
    a = staticmethod(lambda t: t); s = staticmethod(lambda t: 1 - t)
    da = staticmethod(lambda t: 1.0); ds = staticmethod(lambda t: -1.0)


class Trig:                                    # alpha = sin, sigma = cos: variance preserving, too
    name = "trig"; t0, t1 = 0.0, 1.0
    a = staticmethod(lambda t: math.sin(PI * t / 2)); s = staticmethod(lambda t: math.cos(PI * t / 2))
    da = staticmethod(lambda t: PI / 2 * math.cos(PI * t / 2)); ds = staticmethod(lambda t: -PI / 2 * math.sin(PI * t / 2))


class VP:                                      # Song et al. 2021, our time: tau = 1 - t
    name = "VP"; t0, t1 = 0.0, 1.0; bmin, bmax = 0.1, 20.0
    @classmethod
    def B(c, tau): return c.bmin * tau + 0.5 * (c.bmax - c.bmin) * tau * tau
    @classmethod
    def beta(c, tau): return c.bmin + (c.bmax - c.bmin) * tau
    @classmethod
    def a(c, t): return math.exp(-0.5 * c.B(1 - t))
    @classmethod
    def s(c, t): return math.sqrt(-math.expm1(-c.B(1 - t)))
    @classmethod
    def da(c, t): return 0.5 * c.beta(1 - t) * c.a(t)
    @classmethod
    def ds(c, t): return -0.5 * c.beta(1 - t) * c.a(t) ** 2 / c.s(t)


# ------------------------------------------------------------------------------------------------ Gaussian mixture
class GMM:
    def __init__(g, w, mu, s):
        g.w = np.asarray(w, float); g.mu = np.asarray(mu, float); g.sd = np.asarray(s, float); g.J = len(g.w)

    def sample(g, n, rng=R):
        j = rng.choice(g.J, n, p=g.w); return g.mu[j] + g.sd[j][:, None] * rng.normal(size=(n, 2)), j


def gm(x, al, v, w, mu):
    """density, responsibilities, r = x - alpha mu_j, score of sum_j w_j N(alpha mu_j, v_j I)"""
    e = x[:, None, :] - al * mu[None]
    lg = np.log(w)[None] - np.log(2 * PI * v)[None] - (e * e).sum(-1) / (2 * v)[None]
    m = lg.max(1, keepdims=True); ex = np.exp(lg - m); Z = ex.sum(1, keepdims=True); r = ex / Z
    return (np.exp(m) * Z)[:, 0], r, e, -(r[..., None] * e / v[None, :, None]).sum(1)


def fields(x, t, g, P, full=False):
    al, si, da, ds = P.a(t), P.s(t), P.da(t), P.ds(t)
    v = al * al * g.sd ** 2 + si * si
    p, r, e, sc = gm(x, al, v, g.w, g.mu)
    m1 = g.mu[None] + (al * g.sd ** 2 / v)[None, :, None] * e                 # E[x1 | x, j]
    m0 = (si / v)[None, :, None] * e                                          # E[x0 | x, j]
    x1h, x0h = (r[..., None] * m1).sum(1), (r[..., None] * m0).sum(1)
    u = da * x1h + ds * x0h
    if not full:
        return p, sc, u, x1h, x0h
    c = (da * al * g.sd ** 2 + ds * si) / v                                   # = v'/(2v)
    aj = da * m1 + ds * m0                                                    # = alpha' mu_j + c_j (x - alpha mu_j)
    gj = -e / v[None, :, None]
    div = 2 * (r * c[None]).sum(1) + (r * (aj * (gj - sc[:, None])).sum(-1)).sum(1)
    J = (r * c[None]).sum(1)[:, None, None] * np.eye(2)[None] + np.einsum('nj,nja,njb->nab', r, aj, gj - sc[:, None])
    dl = -2 * c[None] + (da * (e * g.mu[None]).sum(-1)) / v[None] + c[None] * (e * e).sum(-1) / v[None]
    dpdt = p * (r * dl).sum(1)
    trcov = (r * (2 * si * si * g.sd ** 2 / v)[None]).sum(1) + (r * ((m1 - x1h[:, None]) ** 2).sum(-1)).sum(1)
    lap = p * (r * ((e * e).sum(-1) / v[None] ** 2 - 2 / v[None])).sum(1)     # Laplacian of p
    return dict(p=p, r=r, sc=sc, u=u, x1h=x1h, x0h=x0h, div=div, J=J, dpdt=dpdt, trcov=trcov, lap=lap)


def post(x, al, si, g):
    """x1hat, x0hat without [n, J, 2] arrays: two small matrix products (what a fast implementation does)"""
    v = al * al * g.sd ** 2 + si * si; lg = (np.log(g.w / v) - al * al * (g.mu ** 2).sum(1) / (2 * v))[None] + (x @ g.mu.T) * (al / v)[None] - (x * x).sum(1)[:, None] / (2 * v)[None]
    lg -= lg.max(1, keepdims=True); r = np.exp(lg); r /= r.sum(1, keepdims=True); k1, k0 = al * g.sd ** 2 / v, si / v
    return r @ (g.mu * (1 - al * k1)[:, None]) + x * (r @ k1)[:, None], x * (r @ k0)[:, None] - al * (r @ (g.mu * k0[:, None]))


RING = GMM(np.ones(8) / 8, 3 * np.stack([np.cos(np.arange(8) * PI / 4), np.sin(np.arange(8) * PI / 4)], 1), 0.2 * np.ones(8))
THREE = GMM([0.5, 0.2, 0.3], [[2.0, 0.0], [-1.0, 1.7], [0.3, -1.9]], [0.4, 0.25, 0.6])

# ================================================================================================ A
section("A. closed forms: Gaussian mixture under any affine path")
xs = R.normal(size=(300, 2)) * 1.6
for P in (CondOT, VP, Trig):
    e = [0.0] * 8; h = 1e-4
    for t in (0.08, 0.35, 0.7, 0.93):
        F = fields(xs, t, THREE, P, True); al, si, da, ds = P.a(t), P.s(t), P.da(t), P.ds(t)
        dp = (fields(xs, t + h, THREE, P)[0] - fields(xs, t - h, THREE, P)[0]) / (2 * h)
        dv = du = 0; Jn = np.zeros((len(xs), 2, 2))
        for a in (0, 1):
            sh = np.zeros(2); sh[a] = h
            A, B = fields(xs + sh, t, THREE, P), fields(xs - sh, t, THREE, P)
            dv = dv + (A[0] * A[2][:, a] - B[0] * B[2][:, a]) / (2 * h); Jn[:, :, a] = (A[2] - B[2]) / (2 * h)
        S = max(1, np.abs(dp).max())
        e[0] = max(e[0], np.abs(dp - F['dpdt']).max() / S)
        e[1] = max(e[1], np.abs(dp + dv).max() / S)
        e[2] = max(e[2], np.abs(F['dpdt'] + (F['p'] * ((F['sc'] * F['u']).sum(1) + F['div']))).max() / S)
        e[3] = max(e[3], np.abs(F['J'] - Jn).max() / max(1, np.abs(Jn).max()))
        e[4] = max(e[4], np.abs(F['div'] - F['J'].trace(axis1=1, axis2=2)).max())
        e[5] = max(e[5], np.abs(al * F['x1h'] + si * F['x0h'] - xs).max(), np.abs(F['x0h'] + si * F['sc']).max())
        k = (al / si ** 2) * (da - al * ds / si)
        e[6] = max(e[6], np.abs(F['div'] - (2 * ds / si + k * F['trcov'])).max() / max(1, np.abs(F['div']).max()))
        w_ = da - al * ds / si                                                # velocity -> data, noise, score
        x1v = (F['u'] - ds / si * xs) / w_; x0v = (da * xs - al * F['u']) / (da * si - al * ds)
        e[7] = max(e[7], np.abs(x1v - F['x1h']).max(), np.abs(x0v - F['x0h']).max())
    check(f"{P.name}: closed dp/dt == finite difference", e[0], 1e-5)
    check(f"{P.name}: continuity equation dp/dt + div(p u) = 0 (finite differences)", e[1], 1e-5)
    check(f"{P.name}: closed dp/dt == -(grad p . u + p div u) with the closed divergence", e[2], 1e-10)
    check(f"{P.name}: closed Jacobian of u == finite difference", e[3], 1e-5)
    check(f"{P.name}: closed div u == trace of the Jacobian", e[4], 1e-10)
    check(f"{P.name}: alpha x1hat + sigma x0hat = x ; x0hat = -sigma score", e[5], 1e-10)
    check(f"{P.name}: div u = 2 sigma'/sigma + (alpha/sigma^2)(alpha' - alpha sigma'/sigma) tr Cov(x1|x)", e[6], 1e-8)
    check(f"{P.name}: x1hat, x0hat recovered from u alone", e[7], 1e-8)

a_, b_ = post(xs, 0.6, 0.4, THREE); F = fields(xs, 0.6, THREE, CondOT); check("matrix-product form of x1hat, x0hat == the plain form", max(np.abs(a_ - F[3]).max(), np.abs(b_ - F[4]).max()), 1e-11)
# posterior mean against brute-force quadrature over x1
gx = np.linspace(-5, 5, 401); X1 = np.stack(np.meshgrid(gx, gx, indexing='ij'), -1).reshape(-1, 2)
q1 = gm(X1, 1.0, THREE.sd ** 2, THREE.w, THREE.mu)[0]; e = 0
for t in (0.2, 0.6, 0.85):
    for x in np.array([[0.3, 0.1], [1.0, -0.7], [-0.8, 1.2]]):
        lik = np.exp(-((x - t * X1) ** 2).sum(1) / (2 * (1 - t) ** 2)) * q1
        e = max(e, np.abs((lik[:, None] * X1).sum(0) / lik.sum() - fields(x[None], t, THREE, CondOT)[3][0]).max())
check("posterior mean E[x1|x_t] == brute-force quadrature over x1", e, 1e-6)
u0 = fields(xs, 0.0, THREE, CondOT)[2]; u1 = fields(xs * 0.3 + 1, 1.0, THREE, CondOT)[2]
check("cond-OT end points: u_0(x) = E[x1] - x and u_1(x) = x (mixture with sd > 0)", max(np.abs(u0 - (THREE.w @ THREE.mu - xs)).max(), np.abs(u1 - (xs * 0.3 + 1)).max()), 1e-10)
# log-likelihood by the ODE run backwards, with the closed divergence, against log q
xq, _ = THREE.sample(60); x = xq.copy(); ll = np.zeros(60); n = 200
for k in range(n):                              # RK4 backwards from t=1
    t = 1 - k / n; h = -1 / n; ks = []; xx = x
    for cc, tt in ((0, t), (.5, t + h / 2), (.5, t + h / 2), (1, t + h)):
        F = fields(x + (cc * h * ks[-1][0] if ks else 0), min(max(tt, 0), 1), THREE, CondOT, True); ks.append((F['u'], F['div']))
    x = x + h / 6 * (ks[0][0] + 2 * ks[1][0] + 2 * ks[2][0] + ks[3][0]); ll += -h / 6 * (ks[0][1] + 2 * ks[1][1] + 2 * ks[2][1] + ks[3][1])
lp = -0.5 * (x ** 2).sum(1) - math.log(2 * PI) - ll
check("log p_1 by the backward ODE with exact divergence == log q (RK4, 200 steps)", np.abs(lp - np.log(gm(xq, 1, THREE.sd ** 2, THREE.w, THREE.mu)[0])).max(), 1e-4)

# full covariances
C = np.array([[[0.5, 0.2], [0.2, 0.3]], [[0.2, -0.1], [-0.1, 0.4]], [[0.3, 0.0], [0.0, 0.1]]])


def full_fields(x, t, P):
    al, si, da, ds = P.a(t), P.s(t), P.da(t), P.ds(t); lg = []; vel = []
    for w, m, c in zip(THREE.w, THREE.mu, C):
        V = al * al * c + si * si * np.eye(2); Vi = np.linalg.inv(V); ee = x - al * m; q = ee @ Vi
        lg.append(np.log(w) - 0.5 * np.log(np.linalg.det(V)) - math.log(2 * PI) - 0.5 * (q * ee).sum(1))
        vel.append(da * (m + al * q @ c) + ds * si * q)
    lg = np.array(lg).T; m_ = lg.max(1, keepdims=True); r = np.exp(lg - m_); Z = r.sum(1, keepdims=True)
    return (np.exp(m_) * Z)[:, 0], ((r / Z)[..., None] * np.stack(vel, 1)).sum(1)


e = 0; h = 1e-4
for t in (0.2, 0.6, 0.9):
    dp = (full_fields(xs, t + h, CondOT)[0] - full_fields(xs, t - h, CondOT)[0]) / (2 * h); dv = 0
    for a in (0, 1):
        sh = np.zeros(2); sh[a] = h; A, B = full_fields(xs + sh, t, CondOT), full_fields(xs - sh, t, CondOT)
        dv = dv + (A[0] * A[1][:, a] - B[0] * B[1][:, a]) / (2 * h)
    e = max(e, np.abs(dp + dv).max() / max(1, np.abs(dp).max()))
check("full covariances: u = sum r_j [alpha'(mu_j + alpha C_j V_j^-1 e_j) + sigma' sigma V_j^-1 e_j]", e, 1e-5)

# Gaussian-mixture source, component coupling pi_ij (independent = outer product)
SRC = GMM(np.ones(4) / 4, [[2, 2], [-2, 2], [2, -2], [-2, -2]], [0.5, 0.3, 0.4, 0.6]); PIJ = R.dirichlet(np.ones(12)).reshape(4, 3)


def two_sided(x, t, P, pij):
    al, si, da, ds = P.a(t), P.s(t), P.da(t), P.ds(t)
    m = al * THREE.mu[None] + si * SRC.mu[:, None]; v = al ** 2 * THREE.sd[None] ** 2 + si ** 2 * SRC.sd[:, None] ** 2
    e = x[:, None, None] - m[None]; lg = np.log(pij) - np.log(2 * PI * v) - (e * e).sum(-1) / (2 * v)
    M = lg.max((1, 2), keepdims=True); r = np.exp(lg - M); Z = r.sum((1, 2), keepdims=True); r = r / Z
    x1 = THREE.mu[None, None] + (al * THREE.sd[None] ** 2 / v)[None, ..., None] * e
    x0 = SRC.mu[None, :, None] + (si * SRC.sd[:, None] ** 2 / v)[None, ..., None] * e
    return (np.exp(M) * Z)[:, 0, 0], (r[..., None] * (da * x1 + ds * x0)).sum((1, 2)), -(r[..., None] * e / v[None, ..., None]).sum((1, 2)), (r[..., None] * x0).sum((1, 2))


e = 0
for t in (0.1, 0.5, 0.9):
    dp = (two_sided(xs, t + h, CondOT, PIJ)[0] - two_sided(xs, t - h, CondOT, PIJ)[0]) / (2 * h); dv = 0
    for a in (0, 1):
        sh = np.zeros(2); sh[a] = h; A, B = two_sided(xs + sh, t, CondOT, PIJ), two_sided(xs - sh, t, CondOT, PIJ)
        dv = dv + (A[0] * A[1][:, a] - B[0] * B[1][:, a]) / (2 * h)
    e = max(e, np.abs(dp + dv).max() / max(1, np.abs(dp).max()))
check("mixture source and coupled components pi_ij: continuity equation", e, 1e-5)

# empirical point set, with bandwidth s >= 0
Y = R.normal(size=(50, 2)) * 1.2; PTS = GMM(np.ones(50) / 50, Y, np.zeros(50))
e = 0
for t in (0.1, 0.5, 0.95):
    F = fields(xs, t, PTS, CondOT, True); r = F['r']; yh = r @ Y
    e = max(e, np.abs(F['u'] - (yh - xs) / (1 - t)).max(), np.abs(F['div'] - (-2 / (1 - t) + t / (1 - t) ** 3 * (r @ (Y ** 2).sum(1) - (yh ** 2).sum(1)))).max() / max(1, np.abs(F['div']).max()))
check("point set: u = (yhat - x)/(1-t), div u = -2/(1-t) + t/(1-t)^3 tr Cov(y|x)", e, 1e-8)
xe = R.normal(size=(2000, 2)); nst = 32
for k in range(nst):
    t = k / nst; xe = xe + (1 / nst) * fields(xe, t, PTS, CondOT)[2]
d_pt = np.sqrt(((xe[:, None] - Y[None]) ** 2).sum(-1)).min(1)
check("point set: the last Euler step lands on x1hat, most samples are exact copies (median distance)", np.median(d_pt), 1e-12, f"share farther than 1e-3 from any datum: {(d_pt > 1e-3).mean():.3f} (32 steps)")

# finite coupling (pairs) with bandwidth h: exact flow of minibatch OT / reflow pairs
ZA = R.normal(size=(40, 2)); ZB = R.normal(size=(40, 2)) + 2


def pairs_fields(x, t, hb):
    m = (1 - t) * ZA + t * ZB; e = x[:, None] - m[None]; lg = -(e * e).sum(-1) / (2 * hb ** 2); M = lg.max(1, keepdims=True); r = np.exp(lg - M); Z = r.sum(1, keepdims=True)
    return (np.exp(M) * Z)[:, 0] / (2 * PI * hb ** 2) / 40, (r / Z) @ (ZB - ZA)


e = 0
for t in (0.2, 0.8):
    dp = (pairs_fields(xs, t + h, .3)[0] - pairs_fields(xs, t - h, .3)[0]) / (2 * h); dv = 0
    for a in (0, 1):
        sh = np.zeros(2); sh[a] = h; A, B = pairs_fields(xs + sh, t, .3), pairs_fields(xs - sh, t, .3)
        dv = dv + (A[0] * A[1][:, a] - B[0] * B[1][:, a]) / (2 * h)
    e = max(e, np.abs(dp + dv).max() / max(1, np.abs(dp).max()))
check("finite coupling, bandwidth h: u = sum_i r_i (x1_i - x0_i) generates the blurred pair path", e, 1e-5)

# floor of the flow-matching loss
def floor_fm(g, P, nt=24, m=4000):
    tn, tw = np.polynomial.legendre.leggauss(nt); tn = (tn + 1) / 2; tw = tw / 2; tot = 0; prof = []
    for t, w in zip(tn, tw):
        x1, _ = g.sample(m); x = P.a(t) * x1 + P.s(t) * R.normal(size=(m, 2)); F = fields(x, t, g, P, True)
        k = P.da(t) - P.a(t) * P.ds(t) / P.s(t); val = k * k * F['trcov'].mean(); prof.append((t, val)); tot += w * val
    return tot, prof


Lr, prof = floor_fm(RING, CondOT); m2 = 9 + 2 * 0.04
note(f"ring of 8 (radius 3, sd 0.2): FM loss floor L* = {Lr:.3f} (sum over both coordinates; {Lr/2:.3f} per coordinate), E|x1-x0|^2 = {m2+2:.3f}")
note("profile (alpha'-alpha sigma'/sigma)^2 E tr Cov(x1|x_t): " + " ".join(f"t={t:.2f}:{v:.2f}" for t, v in prof[::4]))
x1, _ = RING.sample(40000); tt = 0.5; xt = tt * x1 + (1 - tt) * R.normal(size=x1.shape); F = fields(xt, tt, RING, CondOT, True)
x0_ = (xt - tt * x1) / (1 - tt); direct = ((x1 - x0_ - F['u']) ** 2).sum(1).mean(); closed = F['trcov'].mean() / (1 - tt) ** 2
check("loss floor at t: E|x1-x0-u|^2 == E tr Cov(x1|x_t)/(1-t)^2 (Monte Carlo, relative)", abs(direct - closed) / closed, 2e-2, f"{direct:.3f} {closed:.3f}")

# ================================================================================================ B
section("B. side by side: the same uniform source and the same K x K target, continuous and discrete")
K = 4; Lh = 1.0; edges = np.linspace(-Lh, Lh, K + 1); Q = np.indices((K, K)).sum(0) % 2 * 1.0; Q[0, 1] = 2.0; Q /= Q.sum()


def axis_tables(x, t):
    """x [n] -> density T[n, K] of (1-t) U + t V_c, posterior mean M[n, K] of V_c; U uniform on [-L, L], V_c uniform on cell c"""
    a, b = edges[:-1][None], edges[1:][None]; s = 1 - t; x = x[:, None]
    lo, hi = np.maximum(t * a, x - s * Lh), np.minimum(t * b, x + s * Lh)
    return np.maximum(hi - lo, 0) / (2 * Lh * s * t * (b - a)), (lo + hi) / (2 * t)


def axis_mass(t, cuts):
    """probability that axis lies left of each cut, per cell: [ncuts, K], closed form (second difference of squared ramps)"""
    a, b = edges[:-1][None], edges[1:][None]; s = 1 - t; r2 = lambda l: np.maximum(cuts[:, None] - l, 0) ** 2
    return (r2(t * a - s * Lh) - r2(t * a + s * Lh) - r2(t * b - s * Lh) + r2(t * b + s * Lh)) / (2 * 2 * Lh * s * t * (b - a))


def box_fields(X, t):
    (Ta, Ma), (Tb, Mb) = axis_tables(X[:, 0], t), axis_tables(X[:, 1], t); p = np.einsum('ni,ij,nj->n', Ta, Q, Tb)
    x1 = np.stack([np.einsum('ni,ij,nj->n', Ta * Ma, Q, Tb), np.einsum('ni,ij,nj->n', Ta, Q, Tb * Mb)], 1) / np.maximum(p, 1e-300)[:, None]
    return p, (x1 - X) / (1 - t)


cuts = np.linspace(-Lh, Lh, 9); e1 = e2 = 0
for t in (0.13, 0.5, 0.81):
    CA = axis_mass(t, cuts); cell = lambda tt: np.einsum('ni,ij,mj->nm', np.diff(axis_mass(tt, cuts), axis=0), Q, np.diff(axis_mass(tt, cuts), axis=0))
    dP = (cell(t + 1e-5) - cell(t - 1e-5)) / 2e-5
    T, M = axis_tables(cuts, t); W = np.diff(CA, axis=0); U = T * (M - cuts[:, None]) / (1 - t)     # p u through a cut, per cell of the target
    F1, F2 = np.einsum('ni,ij,mj->nm', U, Q, W), np.einsum('ni,ij,mj->nm', W, Q, U)
    e1 = max(e1, np.abs(dP + np.diff(F1, axis=0) + np.diff(F2, axis=1)).max()); e2 = max(e2, abs(cell(t).sum() - 1))
check("uniform boxes: cell masses sum to 1 (closed form)", e2, 1e-12)
check("uniform boxes: d/dt cell mass == - net flux through its four edges (closed forms)", e1, 1e-5)
n = 400000; c = R.choice(K * K, n, p=Q.ravel()); V = np.stack([edges[c // K], edges[c % K]], 1) + R.random((n, 2)) * 2 * Lh / K
x = 0.5 * (R.random((n, 2)) * 2 - 1) + 0.5 * V; H = np.histogram2d(x[:, 0], x[:, 1], bins=[cuts, cuts])[0] / n; W = np.diff(axis_mass(.5, cuts), axis=0); C_ = np.einsum('ni,ij,mj->nm', W, Q, W)
check("uniform boxes: Monte-Carlo histogram at t=0.5 (TV, floor 0.5 sum sqrt(2p(1-p)/(pi n)))", 0.5 * np.abs(H - C_).sum(), 2 * 0.5 * np.sqrt(2 * C_ * (1 - C_) / PI / n).sum())
k_ = 0.5; q1_, q2_ = Q.sum(1), Q.sum(0); disc = (1 - k_) ** 2 / K ** 2 + k_ * (1 - k_) * (q1_[:, None] / K + q2_[None] / K) + k_ * k_ * Q
W4 = np.diff(axis_mass(.5, edges), axis=0); cont = np.einsum('ni,ij,mj->nm', W4, Q, W4)
note(f"same source, same target, t = kappa = 0.5, K = 4: TV(discrete p_t, continuous p_t binned) = {0.5*np.abs(disc-cont).sum():.4f}; at the ends 0: the two paths differ, the ends agree")

# ================================================================================================ C
section("C. one network for flow matching and VP diffusion; DDIM is Euler")
e = [0.0] * 4
for t in (0.1, 0.4, 0.75, 0.97):
    al, si = VP.a(t), VP.s(t); s_, ts = al + si, al / (al + si); F, G = fields(xs, t, THREE, VP), fields(xs / s_, ts, THREE, CondOT)
    e[0] = max(e[0], np.abs(F[3] - G[3]).max(), np.abs(F[4] - G[4]).max())
    e[1] = max(e[1], np.abs(F[2] - (VP.da(t) * G[3] + VP.ds(t) * G[4])).max() / np.abs(F[2]).max())
    e[2] = max(e[2], np.abs(F[0] - G[0] / s_ ** 2).max())
    hh = 1e-6; dts = (VP.a(t + hh) / (VP.a(t + hh) + VP.s(t + hh)) - VP.a(t - hh) / (VP.a(t - hh) + VP.s(t - hh))) / (2 * hh); dss = (VP.a(t + hh) + VP.s(t + hh) - VP.a(t - hh) - VP.s(t - hh)) / (2 * hh)
    e[3] = max(e[3], np.abs(F[2] - (dss / s_ * xs + s_ * dts * G[2])).max() / np.abs(F[2]).max())
check("VP <-> FM: x1hat and x0hat agree at (x/(alpha+sigma), t* = alpha/(alpha+sigma))", e[0], 1e-10)
check("VP velocity == alpha' x1hat + sigma' x0hat with the FM network's x1hat, x0hat", e[1], 1e-10)
check("p_VP(x) = p_FM(x/s)/s^2", e[2], 1e-12)
check("VP velocity == (s'/s) x + s t*' u_FM(x/s, t*)  (scale-time form)", e[3], 1e-6)
for P, nm in ((VP, "VP"), (CondOT, "cond-OT")):
    t = 0.4; al, si, da, ds = P.a(t), P.s(t), P.da(t), P.ds(t); g2 = 2 * si * (da / al * si - ds)
    note(f"memoryless noise g^2 = 2 sigma (alpha' sigma/alpha - sigma') at t=0.4: {nm} {g2:.4f}" + (f" (beta = {VP.beta(0.6):.4f})" if P is VP else f" (2(1-t)/t = {2*.6/.4:.4f})"))
check("memoryless noise of the VP path is beta", abs(2 * VP.s(.4) * (VP.da(.4) / VP.a(.4) * VP.s(.4) - VP.ds(.4)) - VP.beta(.6)), 1e-9)
t = 0.4; Fv = fields(xs, t, THREE, VP); bt = VP.beta(1 - t)
check("u + (g^2/2) score with g^2 = beta == Anderson's reverse drift (beta/2) x + beta score", np.abs(Fv[2] + bt / 2 * Fv[1] - (bt / 2 * xs + bt * Fv[1])).max(), 1e-10)
bk = np.linspace(1e-4, 0.02, 1000); AB = np.cumprod(1 - bk); ABc = np.exp(-np.array([VP.B(k / 1000) for k in range(1, 1001)]))
note(f"DDPM linear schedule: abar_1000 = {AB[-1]:.4e}, alpha_T = {math.sqrt(AB[-1]):.5f}; abar_100 = {AB[99]:.5f}; abar_500 = {AB[499]:.5f}; max |abar - exp(-B)| = {np.abs(AB-ABc).max():.2e}")
check("abar_100 of DDPM (start of a sampler that takes the last 100 indices of 1000)", abs(AB[99] - 0.8962), 2e-3)


def vp_idx(N, T=1000):                         # ab at N+1 levels, noise first, ab = 1 last; uniform in k
    k = np.round(np.linspace(T, 0, N + 1)).astype(int); return np.concatenate([[1.0], AB])[k]


def den_vp(x, ab, g):                          # x1hat, epshat
    return post(x, math.sqrt(ab), math.sqrt(max(1 - ab, 0)), g)


def ddim(x, N, g, eta=0.0, rng=R, var="tilde"):
    ab = vp_idx(N)
    for a, b in zip(ab[:-1], ab[1:]):
        x1, ep = den_vp(x, a, g); be = 1 - a / b; s2 = eta ** 2 * (be * (1 - b) / (1 - a))
        x = math.sqrt(b) * x1 + math.sqrt(max(1 - b - s2, 0)) * ep
        if b < 1 and eta > 0:
            x = x + math.sqrt(s2 if var == "tilde" else be) * rng.normal(size=x.shape)
    return x


def ancestral(x, N, g, rng=R, var="tilde"):
    ab = vp_idx(N)
    for a, b in zip(ab[:-1], ab[1:]):
        x1, ep = den_vp(x, a, g); be = 1 - a / b; al = a / b
        m = math.sqrt(b) * be / (1 - a) * x1 + math.sqrt(al) * (1 - b) / (1 - a) * x
        x = m + (math.sqrt(be * (1 - b) / (1 - a) if var == "tilde" else be) * rng.normal(size=x.shape) if b < 1 else 0)
    return x


z = R.normal(size=(300, 2)); N = 12; ab = vp_idx(N); xd = ddim(z.copy(), N, RING)
al, si = np.sqrt(ab), np.sqrt(1 - ab); ts = al / (al + si); y = z / (al[0] + si[0])
for a, b in zip(ts[:-1], ts[1:]):
    y = y + (b - a) * fields(y, a, RING, CondOT)[2]
check("DDIM (eta=0) on a VP grid == Euler of the FM velocity on the grid t* = alpha/(alpha+sigma)", np.abs(xd - y).max(), 1e-9, "12 steps, samples equal")
y2 = z.copy()
for a, b in zip(ab[:-1], ab[1:]):              # Euler in sigma/alpha for x/alpha: the same again
    _, ep = den_vp(y2, a, RING); xb = y2 / math.sqrt(a) + (math.sqrt((1 - b) / b) - math.sqrt((1 - a) / a)) * ep; y2 = math.sqrt(b) * xb
check("DDIM == Euler in sigma/alpha for x/alpha", np.abs(xd - y2).max(), 1e-9)
rA, rB = np.random.default_rng(3), np.random.default_rng(3)
check("DDIM with eta = 1 == ancestral DDPM with the tilde variance (same noise)", np.abs(ddim(z.copy(), 20, RING, 1.0, rA) - ancestral(z.copy(), 20, RING, rB)).max(), 1e-9)

# integrators
A_DP = [[], [1/5], [3/40, 9/40], [44/45, -56/15, 32/9], [19372/6561, -25360/2187, 64448/6561, -212/729], [9017/3168, -355/33, 46732/5247, 49/176, -5103/18656], [35/384, 0, 500/1113, 125/192, -2187/6784, 11/84]]
C_DP = [0, 1/5, 3/10, 4/5, 8/9, 1, 1]; B4_DP = [5179/57600, 0, 7571/16695, 393/640, -92097/339200, 187/2100, 1/40]


def dopri5(f, x, rtol, atol=None):
    atol = atol or rtol; t, h, nfe, acc, rej = 0.0, 0.05, 1, 0, 0; k1 = f(x, 0.0)
    while t < 1 - 1e-12:
        h = min(h, 1 - t); ks = [k1]
        for a, c in zip(A_DP[1:], C_DP[1:]):
            ks.append(f(x + h * sum(ai * ki for ai, ki in zip(a, ks) if ai), min(t + c * h, 1.0)))
        nfe += 6; x5 = x + h * sum(ai * ki for ai, ki in zip(A_DP[6], ks) if ai); er = h * sum((ai - bi) * ki for ai, bi, ki in zip(A_DP[6] + [0], B4_DP, ks))
        E = math.sqrt(np.mean((er / (atol + rtol * np.maximum(np.abs(x), np.abs(x5)))) ** 2))
        if E <= 1:
            t += h; x = x5; k1 = ks[6]; acc += 1
        else:
            rej += 1
        h *= min(5.0, max(0.2, 0.9 * max(E, 1e-10) ** -0.2))
    return x, nfe, acc, rej


def ode(f, x, n, m):
    h = 1 / n
    for k in range(n):
        t = k / n; a = f(x, t)
        if m == "euler": x = x + h * a
        elif m == "midpoint": x = x + h * f(x + h / 2 * a, t + h / 2)
        elif m == "heun":
            b = f(x + h * a, t + h); x = x + h / 2 * (a + b)
        else:
            b = f(x + h / 2 * a, t + h / 2); c = f(x + h / 2 * b, t + h / 2); d = f(x + h * c, t + h); x = x + h / 6 * (a + 2 * b + 2 * c + d)
    return x


def fR(x, t):
    a, b = post(x, min(t, 1.0), 1 - min(t, 1.0), RING); return a - b


z = R.normal(size=(2000, 2)); ref = ode(fR, z, 800, "rk4")
note("ring, cond-OT, exact u: RMS end-point error sqrt E|x(1) - x_ref(1)|^2 by NFE (2000 starts, reference RK4 800 steps)")
NF = [4, 8, 16, 32, 64, 128, 256]; tab = {}
for m, q in (("euler", 1), ("midpoint", 2), ("heun", 2), ("rk4", 4)):
    tab[m] = [math.sqrt(((ode(fR, z, N // q, m) - ref) ** 2).sum(1).mean()) for N in NF]
    note(f"  {m:9s}" + " ".join(f"{N}:{v:.2e}" for N, v in zip(NF, tab[m])) + f"   slope at the end {math.log2(tab[m][-2]/tab[m][-1]):.2f}")
for rt in (1e-2, 1e-3, 1e-4, 1e-6):
    xx, nfe, acc, rej = dopri5(fR, z.copy(), rt); note(f"  dopri5 tol {rt:.0e}: NFE {nfe} ({acc} accepted, {rej} rejected), RMS error {math.sqrt(((xx-ref)**2).sum(1).mean()):.2e}")
f3 = lambda x, t: fields(x, min(t, 1.0), THREE, CondOT)[2]; z3 = R.normal(size=(500, 2)); ref3 = ode(f3, z3, 800, "rk4"); sl = []
for m, q in (("euler", 1), ("midpoint", 2), ("rk4", 4)):
    e1, e2 = [np.median(np.abs(ode(f3, z3, n_, m) - ref3).max(1)) for n_ in (64, 128)]; sl.append(math.log2(e1 / e2) - q)
check("orders of Euler, midpoint, RK4 (median error, 64 -> 128 steps): 1, 2, 4", np.abs(sl).max(), 0.25, " ".join(f"{a + q:.2f}" for a, q in zip(sl, (1, 2, 4))))

# ================================================================================================ D
section("D. distances to the exact target: closed forms, noise floors; steps needed")


def mmd2(x, g, ell):
    """unbiased MMD^2 (Gaussian kernel exp(-r^2/2 ell^2)) of samples to the exact mixture, target terms in closed form; sd under the null"""
    n = len(x); l2 = ell ** 2; K = np.exp(-((x[:, None] - x[None]) ** 2).sum(-1) / (2 * l2)); kxx = (K.sum() - n) / (n * (n - 1))
    v = l2 + g.sd ** 2; kxy = ((g.w * l2 / v)[None] * np.exp(-((x[:, None] - g.mu[None]) ** 2).sum(-1) / (2 * v)[None])).sum(1)
    V = l2 + g.sd[:, None] ** 2 + g.sd[None] ** 2; kyy = (g.w[:, None] * g.w[None] * l2 / V * np.exp(-((g.mu[:, None] - g.mu[None]) ** 2).sum(-1) / (2 * V))).sum()
    H = K - kxy[:, None] - kxy[None] + kyy; np.fill_diagonal(H, 0)
    return kxx - 2 * kxy.mean() + kyy, math.sqrt(2 * (H ** 2).sum() / (n * (n - 1)) / (n * (n - 1))), kyy


xa, _ = RING.sample(1500); xb, _ = RING.sample(200000); ell = 0.5
kxy_mc = np.mean(np.exp(-((xa[:200, None] - xb[None, :4000]) ** 2).sum(-1) / (2 * ell ** 2))); m_, sd_, kyy = mmd2(xa, RING, ell)
v_ = ell ** 2 + .04; kxy_c = ((0.125 * ell ** 2 / v_) * np.exp(-((xa[:200, None] - RING.mu[None]) ** 2).sum(-1) / (2 * v_))).sum(1).mean()
check("MMD: E_Y k(x, Y) of a mixture in closed form == Monte Carlo (relative)", abs(kxy_mc / kxy_c - 1), 3e-2)
vals = [mmd2(RING.sample(500)[0], RING, ell)[:2] for _ in range(60)]
check("MMD: unbiased estimate has mean 0 for exact samples (in units of its sd / sqrt 60)", abs(np.mean([a for a, _ in vals])) / (np.std([a for a, _ in vals]) / math.sqrt(60)), 3.5, f"sd measured {np.std([a for a,_ in vals]):.1e}, formula {vals[0][1]:.1e}")
note(f"MMD^2 noise (sd of the unbiased estimate, ell = 0.5, ring): n=500 {vals[0][1]:.1e}, n=1500 {sd_:.1e}  (falls as 1/n); kyy = {kyy:.4f}")
TH = np.arange(32) * PI / 32; DIR = np.stack([np.cos(TH), np.sin(TH)], 1); GRID = np.linspace(-8, 8, 6401)


def make_q(g):
    return [(lambda c: c)((g.w[None] * Phi((GRID[:, None] - (g.mu @ d)[None]) / g.sd[None])).sum(1)) for d in DIR]


QR = make_q(RING)


def sw2(x, cdfs=QR):
    n = len(x); u = (np.arange(n) + 0.5) / n
    return math.sqrt(np.mean([np.mean((np.sort(x @ d) - np.interp(u, c, GRID)) ** 2) for d, c in zip(DIR, cdfs)]))


fl = {n: np.mean([sw2(RING.sample(n)[0]) for _ in range(8)]) for n in (500, 2000, 8000, 32000)}
note("sliced W2 of n exact samples to the exact quantiles (32 directions), the noise floor: " + " ".join(f"n={n}:{v:.4f}" for n, v in fl.items()))
check("sliced W2 floor falls slower than n^-1/2, faster than n^-1/4 (64 x more samples: factor between 2.83 and 8)", max(0, 2.83 - fl[500] / fl[32000], fl[500] / fl[32000] - 8), 0.0, f"factor {fl[500]/fl[32000]:.2f}")


def strat(g, n):                               # equal counts in each component: the floor without mode-count noise
    j = np.repeat(np.arange(g.J), n // g.J); return g.mu[j] + g.sd[j][:, None] * R.normal(size=(len(j), 2))


note(f"  with equal counts per mode: n=2000:{np.mean([sw2(strat(RING,2000)) for _ in range(5)]):.4f} n=8000:{np.mean([sw2(strat(RING,8000)) for _ in range(3)]):.4f}: three quarters of the floor are mode counts")
if lsa:
    def w2(a, b):
        D = ((a[:, None] - b[None]) ** 2).sum(-1); i, j = lsa(D); return math.sqrt(D[i, j].mean())
    a = [w2(RING.sample(400)[0], RING.sample(400)[0]) for _ in range(4)]; b = [w2(RING.sample(1000)[0], RING.sample(1000)[0]) for _ in range(2)]; c = [w2(strat(RING, 1000), strat(RING, 1000)) for _ in range(2)]
    note(f"exact W2 between two independent sets of exact ring samples: n=400 {np.mean(a):.3f}, n=1000 {np.mean(b):.3f}; equal counts per mode n=1000 {np.mean(c):.3f}   (DisCo-Diff reports 0.118 and 0.27, n not stated)")

def sc_vp(x, tau):
    si = VP.s(1 - tau); return -post(x, VP.a(1 - tau), si, RING)[1] / si


fvp = lambda x, tau: 0.5 * VP.beta(tau) * (x + sc_vp(x, tau))


def pf_euler(x, N):
    for k in range(N): x = x + 1 / N * fvp(x, 1 - k / N)
    return x


rr = lambda: np.random.default_rng(11)

# push the whole density of a sampler: scatter to m(x), blur by the step's Gaussian; no Monte-Carlo noise
G = 512 if os.environ.get('FULL') else 256; Lb = 5.5; dx = 2 * Lb / G; ce = -Lb + (np.arange(G) + 0.5) * dx; CX = np.stack(np.meshgrid(ce, ce, indexing='ij'), -1).reshape(-1, 2); eg = -Lb + np.arange(G + 1) * dx
mass = lambda g, al, v: sum(w * np.outer(np.diff(Phi((eg - al * m[0]) / math.sqrt(vv))), np.diff(Phi((eg - al * m[1]) / math.sqrt(vv)))) for w, m, vv in zip(g.w, g.mu, v))


def scatter(P, X):                             # cloud-in-cell; adds dx^2 f(1-f) of variance an axis, dx^2/6 on average
    u = np.clip((X + Lb) / dx - 0.5, 0, G - 1.000001); i = u.astype(int); f = u - i; out = np.zeros(G * G)
    for a in (0, 1):
        for b in (0, 1):
            out += np.bincount((i[:, 0] + a) * G + i[:, 1] + b, P * (f[:, 0] if a else 1 - f[:, 0]) * (f[:, 1] if b else 1 - f[:, 1]), G * G)
    return out.reshape(G, G)


def blur(P, s2):
    s2 = s2 - dx * dx / 6                      # the scatter has blurred this much already
    if s2 <= 0: return P
    d = np.arange(G); k = np.exp(-(np.arange(-G, G + 1) * dx) ** 2 / (2 * s2)); k /= k.sum(); M = k[G + d[None] - d[:, None]]
    return M @ P @ M.T


def push_ddpm(N, g, var="tilde"):
    ab = vp_idx(N); P = mass(GMM([1.0], [[0, 0]], [1.0]), 1.0, np.array([1.0]))
    for a, b in zip(ab[:-1], ab[1:]):
        x1, ep = den_vp(CX, a, g); be = 1 - a / b; m = math.sqrt(b) * be / (1 - a) * x1 + math.sqrt(a / b) * (1 - b) / (1 - a) * CX
        P = scatter(P.ravel(), m); P = blur(P, be * (1 - b) / (1 - a) if var == "tilde" else be) if b < 1 else P
    return P


def push_sde(N, kind):                          # Euler-Maruyama of the reverse SDE (VP) or of the FM SDE with g2 = 2(1-t); last step without noise
    P = mass(GMM([1.0], [[0, 0]], [1.0]), 1.0, np.array([1.0]))
    for k in range(N):
        if kind == "vp":
            tau = 1 - k / N; b = VP.beta(tau); m = CX + (b / 2 * CX + b * sc_vp(CX, tau)) / N; s2 = b / N
        else:
            t = k / N; a1, a0 = post(CX, t, 1 - t, RING); g2 = 2 * (1 - t); m = CX + (a1 - a0 - g2 / 2 * a0 / (1 - t)) / N; s2 = g2 / N
        P = scatter(P.ravel(), m); P = blur(P, s2) if k < N - 1 else P
    return P


gf = G // 32; c8 = lambda A: A.reshape(32, gf, 32, gf).sum((1, 3)); MT = mass(RING, 1.0, RING.sd ** 2); tv = lambda P: 0.5 * np.abs(c8(P) - c8(MT)).sum()
for N in (10, 25, 50):
    Pp = push_ddpm(N, RING); xx = ancestral(np.random.default_rng(8).normal(size=(60000, 2)), N, RING, rr()); H = np.histogram2d(xx[:, 0], xx[:, 1], bins=[eg, eg])[0] / 60000
    m1 = 0.5 * np.abs(c8(H) - c8(Pp)).sum(); flo = 0.5 * np.sqrt(2 * c8(Pp) * (1 - np.minimum(c8(Pp), 1)) / PI / 60000).sum()
    check(f"grid push of ancestral DDPM, {N} steps == histogram of 60000 particles (TV on 32 x 32, over the noise floor)", m1 / flo, 1.7, f"TV to target {tv(Pp):.4f}, noise floor {flo:.4f}, mass kept {Pp.sum():.6f}")
# deterministic samplers: a lattice of starts with equal weights (quantiles of N(0,1) on each axis), binned once at the end
nl = 300 if os.environ.get('FULL') else 200; qz = np.interp((np.arange(nl) + 0.5) / nl, Phi(GRID), GRID); LX = np.stack(np.meshgrid(qz, qz, indexing='ij'), -1).reshape(-1, 2)
tvd = lambda x: 0.5 * np.abs(np.histogram2d(x[:, 0], x[:, 1], bins=[eg[::gf], eg[::gf]])[0] / len(x) - c8(MT)).sum()
note(f"TV to the exact ring on 32 x 32 cells by NFE, exact velocity/score, no Monte-Carlo noise (lattice of {nl}^2 starts, or grid push on {G}^2):")
NF = [4, 8, 16, 32, 64, 128] if os.environ.get('FULL') else [4, 8, 16, 32]
rows = {"FM Euler": lambda N: tvd(ode(fR, LX, N, "euler")), "FM midpoint": lambda N: tvd(ode(fR, LX, N // 2, "midpoint")), "FM RK4": lambda N: tvd(ode(fR, LX, N // 4, "rk4")),
        "DDIM = Euler on the DDPM grid": lambda N: tvd(ddim(LX.copy(), N, RING)), "PF-ODE Euler in tau": lambda N: tvd(pf_euler(LX.copy(), N)),
        "DDPM, tilde beta": lambda N: tv(push_ddpm(N, RING)), "DDPM, beta": lambda N: tv(push_ddpm(N, RING, "beta")), "reverse SDE, Euler-Maruyama": lambda N: tv(push_sde(N, "vp")), "FM SDE, g2 = 2(1-t)": lambda N: tv(push_sde(N, "fm"))}
TV = {}
for nm, f in rows.items():
    TV[nm] = [f(N) for N in NF]; note(f"  {nm:31s}" + " ".join(f"{N}:{v:.4f}" for N, v in zip(NF, TV[nm])))
xr = ode(fR, LX, 100, "rk4"); note(f"  floor of the lattice (RK4, 100 steps): {tvd(xr):.4f}")
check("order in the table: at 32 evaluations FM Euler < DDIM on the linear-beta grid < ancestral DDPM", 0 if TV["FM Euler"][3] < TV["DDIM = Euler on the DDPM grid"][3] < TV["DDPM, tilde beta"][3] else 1, 0)
ns = 3000; zz = np.random.default_rng(5).normal(size=(ns, 2)); note(f"unbiased MMD^2 (ell 0.5, n = {ns}, sd {7.2e-4*500/ns:.1e}) at 16, 64 steps: FM Euler {mmd2(ode(fR, zz, 16, 'euler'), RING, .5)[0]:.1e} {mmd2(ode(fR, zz, 64, 'euler'), RING, .5)[0]:.1e}; DDPM {mmd2(ancestral(zz.copy(), 16, RING, rr()), RING, .5)[0]:.1e} {mmd2(ancestral(zz.copy(), 64, RING, rr()), RING, .5)[0]:.1e}")


# KL of a deterministic sampler's law, exact up to quadrature in x0: tangents carried through the step map
def kl_euler(N, g, P, m=8192):
    k = np.arange(m); ph = (math.sqrt(5) - 1) / 2; rr_ = np.sqrt(-2 * np.log((k + 0.5) / m)); th = 2 * PI * ph * k; x = np.stack([rr_ * np.cos(th), rr_ * np.sin(th)], 1)   # spiral rule for N(0,I)
    lp = -0.5 * (x ** 2).sum(1) - math.log(2 * PI); mind = 9.0
    for s in range(N):
        F = fields(x, s / N, g, P, True); D = np.linalg.det(np.eye(2) + F['J'] / N); mind = min(mind, D.min()); lp = lp - np.log(np.abs(D)); x = x + F['u'] / N
    return (lp - np.log(gm(x, 1, g.sd ** 2, g.w, g.mu)[0])).mean(), mind


o = [(N,) + kl_euler(N, THREE, CondOT) for N in (8, 16, 32, 64, 128)]; note("KL(Euler sampler || target), three-Gaussian target, no Monte-Carlo noise: " + " ".join(f"N={a}: {b:.2e} (min det {c:.2f})" for a, b, c in o))
check("KL of the Euler sampler is second order in 1/N (32 -> 64: ratio 4)", abs(o[2][1] / o[3][1] / 4 - 1), 0.15)
k1 = kl_euler(64, THREE, CondOT, 32768)[0]; check("   quadrature in x0: 8192 against 32768 spiral nodes (relative)", abs(k1 / o[3][1] - 1), 0.1)

# ================================================================================================ E
section("E. generators that share one path: flow, Langevin diffusion, jumps; superposition")
F = fields(xs, 0.6, THREE, CondOT, True); h = 1e-3; lapn = sum(fields(xs + h * np.eye(2)[a], .6, THREE, CondOT)[0] + fields(xs - h * np.eye(2)[a], .6, THREE, CondOT)[0] - 2 * F['p'] for a in (0, 1)) / h ** 2
check("closed Laplacian of p == finite difference", np.abs(lapn - F['lap']).max() / np.abs(lapn).max(), 1e-5)
dv = sum((lambda A, B: (A[0] * A[1][:, a] - B[0] * B[1][:, a]) / (2 * h))(fields(xs + h * np.eye(2)[a], .6, THREE, CondOT), fields(xs - h * np.eye(2)[a], .6, THREE, CondOT)) for a in (0, 1))
check("drift (g^2/2) score with noise g leaves p_t unchanged: div(p score) = Lap p", np.abs(dv - F['lap']).max() / np.abs(lapn).max(), 1e-4)
note(f"trap: drift g^2 score instead of (g^2/2) score leaves a residual of (g^2/2)|Lap p|: at g = 1, t = 0.6 its L1 mass is {0.5*np.abs(F['lap']/F['p']).mean() if False else 0.5*(lambda y: np.abs(fields(y,.6,THREE,CondOT,True)['lap']/fields(y,.6,THREE,CondOT,True)['p']).mean())(0.6*THREE.sample(20000)[0]+0.4*R.normal(size=(20000,2))):.3f} a unit time")

# --- conditional jump process of Holderrieth et al. in closed form (cond-OT, one axis): y = (x - t z)/(1-t)
yy = np.linspace(-12, 12, 240001); dy = yy[1] - yy[0]; e = [0.0] * 5
for z_, t in ((0.0, .3), (1.3, .5), (-2.2, .9)):
    xg = t * z_ + (1 - t) * yy; k = xg ** 2 - (t + 1) * xg * z_ - (1 - t) ** 2 + t * z_ ** 2; p = phi(yy) / (1 - t)
    ptd = lambda tt: np.exp(-(xg - tt * z_) ** 2 / (2 * (1 - tt) ** 2)) / math.sqrt(2 * PI) / (1 - tt); dp = (ptd(t + 1e-6) - ptd(t - 1e-6)) / 2e-6
    e[0] = max(e[0], np.abs(dp + p * k / (1 - t) ** 3).max() / np.abs(dp).max())                       # d/dt log p = -k/(1-t)^3
    e[1] = max(e[1], np.abs(k / (1 - t) ** 2 - (yy ** 2 - z_ * yy - 1)).max())
    yp, ym = (z_ + math.sqrt(z_ * z_ + 4)) / 2, (z_ - math.sqrt(z_ * z_ + 4)) / 2; Cz = yp * phi(ym) - ym * phi(yp)
    e[2] = max(e[2], abs((np.maximum(yy ** 2 - z_ * yy - 1, 0) * phi(yy)).sum() * dy - Cz), abs((np.maximum(-(yy ** 2 - z_ * yy - 1), 0) * phi(yy)).sum() * dy - Cz))
    cdf = np.cumsum(np.maximum(1 + z_ * yy - yy ** 2, 0) * phi(yy)) * dy / Cz; G_ = lambda y: (z_ - y) * phi(y); ins = (yy > ym) & (yy < yp)
    e[3] = max(e[3], np.abs(cdf[ins] - ((G_(ym) - G_(yy[ins])) / Cz)).max())
check("jump model: d/dt log p_t(x|z) = -k_t(x)/(1-t)^3", e[0], 1e-6); check("   k_t(x) = (1-t)^2 (y^2 - z y - 1), y = (x - t z)/(1-t)", e[1], 1e-9)
check("   total rate E lambda = C(z)/(1-t), C = y+ phi(y-) + |y-| phi(y+), y+- = (z +- sqrt(z^2+4))/2", e[2], 1e-6)
check("   jump target: cdf J(y) = [(z-y-)phi(y-) - (z-y)phi(y)]/C on (y-, y+)", e[3], 1e-3)
note(f"   expected jumps of one axis up to t: C(z) ln 1/(1-t), infinite at t = 1; z = 0: C = {2*phi(1.0):.5f}, up to t = 0.99: {2*phi(1.0)*math.log(100):.4f}")
nj, cnt = 20000, 0; zz_ = 0.0; a = R.normal(size=nj); s_now = np.zeros(nj); jumps = np.zeros(nj); S_end = math.log(100); act = np.ones(nj, bool)
ymid = np.linspace(-1, 1, 4001); cdfJ = ((0 + 1) * phi(-1.0) - (0 - ymid) * phi(ymid)) / (2 * phi(1.0))
while act.any():                               # event-driven, exact: hazard from s1 to s2 with x frozen: z a (e^s2-e^s1) + a^2/2 (e^2s2 - e^2s1) - (s2-s1)
    idx = np.where(act)[0]; aa = a[idx] * np.exp(-s_now[idx]); s1 = np.maximum(s_now[idx], np.log(1 / np.maximum(np.abs(aa), 1e-300))); E = R.exponential(size=len(idx))
    lo, hi = s1.copy(), s1 + 40
    for _ in range(60):
        mid = (lo + hi) / 2; Hh = aa ** 2 / 2 * (np.exp(2 * mid) - np.exp(2 * s1)) - (mid - s1); up = Hh < E; lo = np.where(up, mid, lo); hi = np.where(up, hi, mid)
    done = lo >= S_end; act[idx[done]] = False; go = idx[~done]; jumps[go] += 1; s_now[go] = lo[~done]; a[go] = np.interp(R.random(len(go)), cdfJ, ymid)
fin = a * np.exp(S_end - s_now)                # y at the end; must be N(0,1)
check("   event-driven exact jumps (z = 0): mean number up to t = 0.99 == C ln 100", abs(jumps.mean() - 2 * phi(1.0) * math.log(100)), 4 * jumps.std() / math.sqrt(nj), f"{jumps.mean():.4f}")
check("   ... and y stays standard normal (variance, kurtosis)", max(abs(fin.var() - 1), abs((fin ** 4).mean() - 3) / 3), 0.05)

# --- any Gaussian path N(m, v) on one axis: D = d/dt log p = a (y^2 - 1) + b y
def jump_axis(m, v, dm, dv):
    a, b = dv / (2 * v), dm / math.sqrt(v); G0 = lambda y: -(a * y + b) * phi(y)          # antiderivative of D phi
    if abs(a) < 1e-12: return a, b, abs(b) * phi(0.0), (0.0, math.inf) if b > 0 else (-math.inf, 0.0)
    q = math.sqrt(b * b + 4 * a * a); r1, r2 = sorted(((-b + q) / (2 * a), (-b - q) / (2 * a))); return a, b, abs(G0(r2) - G0(r1)), (r1, r2)


e = 0
for m, v, dm, dv_ in ((0.7, .3, 1.1, -.5), (-.2, .5, .4, .6), (1.0, .4, -2.0, -1e-14)):
    a, b, Cj, rt = jump_axis(m, v, dm, dv_); D = a * (yy ** 2 - 1) + b * yy; e = max(e, abs((np.maximum(D, 0) * phi(yy)).sum() * dy - Cj), abs((np.maximum(-D, 0) * phi(yy)).sum() * dy - Cj))
check("any Gaussian path: D = a(y^2-1)+b y (a = v'/2v, b = m'/sqrt v), antiderivative -(a y + b) phi, flux C from its roots", e, 1e-6)

# --- marginal per-axis jumps with component latents on the plane: weak KFE with a product test function
t = 0.55; P = CondOT; f1, f2 = (lambda x: np.sin(1.1 * x) + .2 * x), (lambda x: np.cos(.8 * x + .3)); tot = dtot = 0
ef = lambda f, m, v: (f(m + math.sqrt(v) * yy) * phi(yy)).sum() * dy
for w, mu, sd in zip(THREE.w, THREE.mu, THREE.sd):
    v = t * t * sd ** 2 + (1 - t) ** 2; dv_ = 2 * t * sd ** 2 - 2 * (1 - t); fs = (f1, f2); mean = [ef(fs[i], t * mu[i], v) for i in (0, 1)]
    for i in (0, 1):
        a, b, Cj, rt = jump_axis(t * mu[i], v, mu[i], dv_); D = a * (yy ** 2 - 1) + b * yy; fy = fs[i](t * mu[i] + math.sqrt(v) * yy); EJ = (np.maximum(D, 0) * phi(yy) * fy).sum() * dy / Cj
        tot += w * mean[1 - i] * ((np.maximum(-D, 0) * phi(yy) * (EJ - fy)).sum() * dy)
    hh = 1e-5; vv = lambda tt: tt * tt * sd ** 2 + (1 - tt) ** 2; pr = lambda tt: ef(f1, tt * mu[0], vv(tt)) * ef(f2, tt * mu[1], vv(tt)); dtot += w * (pr(t + hh) - pr(t - hh)) / (2 * hh)
check("marginal per-axis jump generator (posterior over components): weak Kolmogorov equation", abs(tot - dtot), 1e-6, f"{tot:.6f} {dtot:.6f}")

# --- trap: plugging x1hat into the conditional jump kernel (right for flows, wrong for jumps); two data points +-1.5 on a line
t = 0.5; xg = np.linspace(-5, 5, 4001); d = xg[1] - xg[0]; zs = np.array([-1.5, 1.5]); pc = np.exp(-(xg[:, None] - t * zs) ** 2 / (2 * (1 - t) ** 2)) / math.sqrt(2 * PI) / (1 - t); p = pc.mean(1); r = pc / pc.sum(1, keepdims=True)
kk = lambda x, z: x ** 2 - (t + 1) * x * z - (1 - t) ** 2 + t * z * z
dpt = -(pc * kk(xg[:, None], zs[None]) / (1 - t) ** 3).mean(1); ft = np.exp(-(xg - 1.2) ** 2); want = (dpt * ft).sum() * d; got = 0
Jn = lambda z: (lambda j: j / (j.sum() * d))(np.maximum(-kk(xg, z), 0) * np.exp(-(xg - t * z) ** 2 / (2 * (1 - t) ** 2)))
for i, z_ in enumerate(zs): got += 0.5 * ((pc[:, i] * np.maximum(kk(xg, z_), 0) / (1 - t) ** 3) * ((Jn(z_) * ft).sum() * d - ft)).sum() * d
zh = r @ zs; plug = (p * np.maximum(kk(xg, zh), 0) / (1 - t) ** 3 * (np.array([(Jn(z_) * ft).sum() * d for z_ in zh]) - ft)).sum() * d
check("posterior-averaged jump kernel solves the KFE (two points)", abs(got - want), 1e-6)
check("trap: the kernel at the posterior mean x1hat does not: relative error (must be > 0.1)", 0 if abs(plug / want - 1) > 0.1 else 1, 0, f"relative error {abs(plug/want-1):.2f}")

# --- finite volumes: all three generators as rate matrices on the same cells, exact cell masses
V_ = 24; ed = np.concatenate([[-50.0], np.linspace(-3.6, 3.6, V_ - 1), [50.0]])


def cells(t, g=THREE, P=CondOT):
    al, si, da, ds = P.a(t), P.s(t), P.da(t), P.ds(t); M, Fl = [], []
    for mu, sd in zip(g.mu, g.sd):
        v = al * al * sd ** 2 + si * si; c = (da * al * sd ** 2 + ds * si) / v; zz = (ed[:, None] - al * mu[None]) / math.sqrt(v)
        M.append(np.diff(Phi(zz), axis=0)); Fl.append(phi(zz) / math.sqrt(v) * (da * mu[None] + c * (ed[:, None] - al * mu[None])))
    M, Fl = np.array(M), np.array(Fl)           # [J, V, axis], [J, V+1, axis]
    return M, Fl, np.einsum('j,jx,jy->xy', g.w, M[..., 0], M[..., 1]), np.einsum('j,jx,jy->xy', g.w, Fl[..., 0], M[..., 1]), np.einsum('j,jx,jy->xy', g.w, M[..., 0], Fl[..., 1])


def gen_apply(t, p, wf, wj, wa, g2, h=0.0):
    """A p of the rate matrices: wf flow (upwind over exact edge fluxes), wj plane jumps, wa per-axis jumps, g2 Langevin exchange.
    h > 0: rates times (1 - exp(-h R))/(h R), R = all rates out of a cell (the exponential kernel: masses stay >= 0 for any step)"""
    M, Fl, Pm, F1, F2 = cells(t); out = np.zeros_like(Pm); dP = -(np.diff(F1, axis=0) + np.diff(F2, axis=1)); sx = (7.2 / (V_ - 2)) ** 2; edges_, leave = [], wj * np.maximum(-dP, 0); axj = []
    for ax, Fx in ((0, F1), (1, F2)):
        Fi = Fx[1:-1] if ax == 0 else Fx[:, 1:-1]; lo = (slice(None, -1), slice(None)) if ax == 0 else (slice(None), slice(None, -1)); hi = (slice(1, None), slice(None)) if ax == 0 else (slice(None), slice(1, None))
        S_ = g2 / 2 / sx * np.sqrt(Pm[lo] * Pm[hi]); up, dn = wf * np.maximum(Fi, 0) + S_, wf * np.maximum(-Fi, 0) + S_; leave[lo] += up; leave[hi] += dn; edges_.append((lo, hi, up, dn))
    for j in range(len(THREE.w) if wa else 0):
        for ax in (0, 1):
            dm = -np.diff(Fl[j, :, ax]); oth = M[j, :, 1 - ax]; n_, p_ = np.maximum(-dm, 0), np.maximum(dm, 0); J_ = wa * THREE.w[j] * (np.outer(n_, oth) if ax == 0 else np.outer(oth, n_)); leave += J_; axj.append((ax, J_, p_ / max(p_.sum(), 1e-300)))
    ok = Pm > 1e-120; ratio = np.where(ok, p / np.where(ok, Pm, 1), 0)
    if h > 0:
        hR = h * leave / np.where(ok, Pm, 1); ratio = ratio * np.where(hR > 1e-12, -np.expm1(-hR) / np.maximum(hR, 1e-300), 1)
    for lo, hi, up, dn in edges_:
        fl = up * ratio[lo] - dn * ratio[hi]; out[lo] -= fl; out[hi] += fl
    neg, pos = np.maximum(-dP, 0), np.maximum(dP, 0); out += wj * (-neg * ratio + pos / pos.sum() * (neg * ratio).sum())
    for ax, J_, tgt in axj:
        joint = J_ * ratio; out += -joint + (np.outer(tgt, joint.sum(0)) if ax == 0 else np.outer(joint.sum(1), tgt))
    return out, Pm, dP


e = {}
for t in (0.2, 0.6, 0.9):
    hh = 1e-5; _, _, Pm, _, _ = cells(t); fd = (cells(t + hh)[2] - cells(t - hh)[2]) / (2 * hh); dP = gen_apply(t, Pm, 1, 0, 0, 0)[2]; e['fd'] = max(e.get('fd', 0), np.abs(fd - dP).max()); e['sum'] = max(e.get('sum', 0), abs(Pm.sum() - 1), abs(dP.sum()))
    for nm, wt in (("flow", (1, 0, 0, 0)), ("plane jumps", (0, 1, 0, 0)), ("per-axis jumps", (0, 0, 1, 0)), ("diffusion alone", (0, 0, 0, .7)), ("superposition .3/.5/.2 + Langevin", (.3, .5, .2, .7)), ("1 + 1 (trap)", (1, 1, 0, 0))):
        o = gen_apply(t, Pm, *wt)[0]; e[nm] = max(e.get(nm, 0), np.abs(o - (0 if nm == "diffusion alone" else dP)).sum() / np.abs(dP).sum())
check("finite volumes: cell masses and edge fluxes in closed form: dP/dt == -net flux (finite difference)", e['fd'], 1e-8); check("   masses sum to 1, rates of change to 0 (outer cells reach to infinity)", e['sum'], 1e-12)
for nm in ("flow", "plane jumps", "per-axis jumps", "diffusion alone", "superposition .3/.5/.2 + Langevin"): check(f"   Kolmogorov residual |A p - dp/dt|_1 / |dp/dt|_1: {nm}", e[nm], 1e-10)
check("   trap: flow + jumps with weights 1 + 1 instead of w + (1-w): relative residual is 1", abs(e["1 + 1 (trap)"] - 1), 1e-10)
note("master equation by exponential-kernel steps from t = 0 to 0.9 (TV of cell masses to the exact ones) N=100,200,400:")
for nm, wt in (("flow", (1, 0, 0, 0)), ("plane jumps", (0, 1, 0, 0)), ("half and half", (.5, .5, 0, 0)), ("half and half + Langevin g2=0.05", (.5, .5, 0, .05))):
    o = []
    for N in (100, 200, 400):
        p = cells(0.0)[2].copy()
        for k in range(N): p = p + 0.9 / N * gen_apply(0.9 * k / N, p, *wt, h=0.9 / N)[0]
        o.append(0.5 * np.abs(p - cells(0.9)[2]).sum())
    note(f"   {nm:32s}" + " ".join(f"{v:.2e}" for v in o)); check(f"   first order in the step: {nm}", abs(o[1] / o[2] - 2), 0.25)
tg = np.linspace(0, 1, 201)[:-1] + 1 / 400; nd = np.mean([0.5 * np.abs(-(np.diff(cells(t)[3], axis=0) + np.diff(cells(t)[4], axis=1))).sum() for t in tg])
na = np.mean([sum(w * sum(jump_axis(t * m, t * t * s * s + (1 - t) ** 2, m, 2 * t * s * s - 2 * (1 - t))[2] for m in mu) for w, mu, s in zip(THREE.w, THREE.mu, THREE.sd)) for t in tg])
note(f"expected jumps a particle from t = 0 to 1 (three Gaussians): plane jumps {nd:.3f} (= int TV speed, 24 x 24 cells), per-axis jumps with component latents {na:.3f}")

# --- particles of a superposition (Algorithm 2 with weights)
n, N, wj = (40000, 300, 0.5) if os.environ.get('FULL') else (15000, 200, 0.5); x = R.normal(size=(n, 2)); ge = np.linspace(-4.5, 4.5, 121); gc = (ge[1:] + ge[:-1]) / 2; GX = np.stack(np.meshgrid(gc, gc, indexing='ij'), -1).reshape(-1, 2)
for k in range(N):
    t, hh = 0.9 * k / N, 0.9 / N; F = fields(x, t, THREE, CondOT, True); lam = np.maximum(-F['dpdt'], 0) / F['p']; g2 = 0.3
    pos = np.cumsum(np.maximum(fields(GX, t, THREE, CondOT, True)['dpdt'], 0)); jump = R.random(n) < -np.expm1(-hh * wj * lam)
    xn = x + hh * ((1 - wj) * F['u'] + g2 / 2 * F['sc']) + math.sqrt(g2 * hh) * R.normal(size=x.shape); c = np.searchsorted(pos, R.random(jump.sum()) * pos[-1]); xn[jump] = GX[c] + (R.random((jump.sum(), 2)) - .5) * (ge[1] - ge[0]); x = xn
H = np.histogram2d(x[:, 0], x[:, 1], bins=[ed, ed])[0] / n; Pm = cells(0.9)[2]; flo = 0.5 * np.sqrt(2 * Pm * (1 - Pm) / PI / n).sum()
check("particles: 0.5 flow + 0.5 jumps + Langevin noise reach p_0.9 (TV over the noise floor)", 0.5 * np.abs(H - Pm).sum() / flo, 1.8, f"TV {0.5*np.abs(H-Pm).sum():.4f}, floor {flo:.4f}")

# ================================================================================================ F
section("F. rectified flow, reflow, minibatch OT")
n = 3000; z0 = R.normal(size=(n, 2)); N = 160; x = z0.copy(); tr = [x.copy()]
for k in range(N):                             # RK4, keep the path
    t, h = k / N, 1 / N; a = fR(x, t); b = fR(x + h / 2 * a, t + h / 2); c = fR(x + h / 2 * b, t + h / 2); d = fR(x + h * c, t + h); x = x + h / 6 * (a + 2 * b + 2 * c + d); tr.append(x.copy())
tr = np.array(tr); disp = tr[-1] - tr[0]; S1 = np.mean([((fR(tr[k], k / N) - disp) ** 2).sum(1).mean() * (0.5 if k in (0, N) else 1) for k in range(N + 1)]) * (N + 1) / N
cost1 = (disp ** 2).sum(1).mean(); sem = (disp ** 2).sum(1).std() / math.sqrt(n); Lr2, _ = floor_fm(RING, CondOT, 32, 20000)
check("E|X1-X0|^2 = E|Z1-Z0|^2 + S(Z) + L*   (ring: 11.08; Monte Carlo)", abs(m2 + 2 - cost1 - S1 - Lr2), 4 * sem + 0.08, f"{m2+2:.3f} = {cost1:.3f} + {S1:.3f} + {Lr2:.3f}")
seg = np.linalg.norm(np.diff(tr, axis=0), axis=-1).sum(0); note(f"ring, cond-OT, 1-rectified flow: straightness S = {S1:.3f}, S/E|Z1-Z0|^2 = {S1/cost1:.3f}, path length / chord - 1: mean {np.mean(seg/np.linalg.norm(disp,axis=1)-1):.4f}, energy int E|u|^2 = {cost1+S1:.3f}")
if lsa:
    w2sq = np.mean([w2(R.normal(size=(1200, 2)), RING.sample(1200)[0]) ** 2 for _ in range(2)]); note(f"W2^2(N(0,I), ring) about {w2sq:.2f} (1200 points): cost of the 1-rectified coupling is {cost1/w2sq:.2f} of it, of the independent coupling {(m2+2)/w2sq:.2f}; normalised path energy |PE - W2^2|/W2^2 = {(cost1+S1)/w2sq-1:.2f}")
    row = []
    for B in (1, 2, 4, 8, 16, 64, 256):
        v = []
        for _ in range(max(6, 3000 // B)):
            a, b = R.normal(size=(B, 2)), RING.sample(B)[0]; D = ((a[:, None] - b[None]) ** 2).sum(-1); i, j = lsa(D); v.append(D[i, j].mean())
        row.append((B, np.mean(v)))
    note("minibatch OT, mean squared transport cost by batch size: " + " ".join(f"B={a}:{b:.2f}" for a, b in row)); check("minibatch OT: cost falls with the batch, from E|x1-x0|^2 at B = 1", abs(row[0][1] - 11.08) + max(0, max(b - a for (_, a), (_, b) in zip(row[:-1], row[1:]))), 0.35)
    D = ((R.normal(size=(256, 2))[:, None] - RING.sample(256)[0][None]) ** 2).sum(-1); t_ = time.perf_counter(); [lsa(D) for _ in range(20)]; note(f"   exact assignment, B = 256: {(time.perf_counter()-t_)/20*1e3:.1f} ms (scipy, this machine)")
note(f"   drawing B pairs with replacement from the plan (torchcfm sample_plan) keeps {100*(1-math.exp(-1)):.0f}% of the points of a batch")
# reflow without a network: the exact flow of 3000 pairs (Z0, Z1), bandwidth 0.15
hb = 0.15; P0, P1 = tr[0], tr[-1]


def nw(x, t):
    m = (1 - t) * P0 + t * P1; lg = (x @ m.T - 0.5 * (m ** 2).sum(1)[None]) / hb ** 2; lg -= lg.max(1, keepdims=True); r = np.exp(lg); return (r @ (P1 - P0)) / r.sum(1, keepdims=True)


x = R.normal(size=(400, 2)); y0 = x.copy(); M = 40; sp = []
for k in range(M):
    t = k / M; a = nw(x, t); sp.append(a); x = x + nw(x + a / (2 * M), t + 0.5 / M) / M
S2 = np.mean([((v - (x - y0)) ** 2).sum(1).mean() for v in sp]); one = y0 + nw(y0, 0.0); note(f"reflow (pairs of the exact flow, bandwidth {hb}): S falls from {S1:.3f} to {S2:.3f}; one Euler step misses the end point of its own flow by RMS {math.sqrt(((one-x)**2).sum(1).mean()):.3f} (1-rectified: {math.sqrt(((ode(fR, z0, 1, 'euler')-tr[-1])**2).sum(1).mean()):.3f})")
check("reflow straightens: S(2-rectified) < S(1-rectified)/3", 0 if S2 < S1 / 3 else 1, 0)
# trap: score from velocity needs the independent coupling
mu_, s_, t, xx = 2.0, 0.5, 0.5, 1.5; k = 1 - t + t * s_; u_ot = mu_ + (s_ - 1) * (xx - t * mu_) / k; true = -(xx - t * mu_) / k ** 2; form = (t * u_ot - xx) / (1 - t)
check("trap: score = (t u - x)/(1-t) fails for an OT coupling (1-D Gaussians mu=2, s=.5, t=.5, x=1.5)", 0 if abs(true - form) > 0.3 else 1, 0, f"true score {true:.4f}, formula {form:.4f}")
s = 0.2; tq = (np.arange(200000) + .5) / 200000; vs = np.sqrt(tq ** 2 * s * s + (1 - tq) ** 2); dvs = (tq * s * s - (1 - tq)) / vs; Sl = 2 * ((dvs ** 2).mean() - (1 - s) ** 2)
note(f"one Gaussian (sd 0.2) on cond-OT: S = 2[int (d sqrt v/dt)^2 dt - (1-s)^2] = {Sl:.5f}; ring without latents {S1:.3f}"); x0q = R.normal(size=(4000, 2)); mc = np.mean([(((s - 1) * x0q - d * x0q) ** 2).sum(1).mean() for d in dvs[::400]]); check("S of a single Gaussian: formula == average over trajectories t mu + sqrt(v) x0", abs(Sl - mc), 0.01)

# ================================================================================================ G
section("G. DisCo-Diff: latents on the ring (VE path x = y + t n, as in the paper)")


def dve(x, t, grp=None, z=None):
    """denoiser E[y | x, group]; grp[j] = code of mode j; z = code of each particle"""
    v = 0.04 + t * t; lg = (x @ RING.mu.T) / v; lg = lg if grp is None else np.where(grp[None] == z[:, None], lg, -np.inf); lg = lg - lg.max(1, keepdims=True); r = np.exp(lg); r /= r.sum(1, keepdims=True)
    k = 0.04 / v; return (1 - k) * (r @ RING.mu) + k * x


n = 40000; out = []
for t in (0.3, 0.6, 1.0, 2.0, 4.0):
    y, j = RING.sample(n); x = y + t * R.normal(size=(n, 2)); o = []
    for C in (1, 2, 4, 8):
        g = np.arange(8) // (8 // C); o.append(((dve(x, t, g, g[j]) - y) ** 2).sum(1).mean())
    out.append(o)
    note(f"t={t}: E|D - y|^2 with 1, 2, 4, 8 codes (neighbouring modes share a code): " + " ".join(f"{v:.4f}" for v in o) + f"   last = 2 s^2 t^2/(s^2+t^2) = {2*.04*t*t/(.04+t*t):.4f}")
check("DisCo: best loss never rises with more codes; with 8 codes 2 s^2 t^2/(s^2+t^2)", max(max(b - a for a, b in zip(o[:-1], o[1:])) for o in out), 1e-3)
g4 = np.arange(8) // 2
y, j = RING.sample(n); x = y + R.normal(size=(n, 2)); DU, DZ = dve(x, 1.0), dve(x, 1.0, g4, g4[j]); check("   E|D-y|^2 = E|D_z-y|^2 + E|D-D_z|^2 with 4 codes", abs(((DU - y) ** 2).sum(1).mean() - ((DZ - y) ** 2).sum(1).mean() - ((DU - DZ) ** 2).sum(1).mean()), 0.02)


def curv(x, t, **kw):
    G_ = lambda x, t: (x - dve(x, t, **kw)) / t; g0 = G_(x, t); xm = x - 1e-3 * g0; g1 = G_(xm, t - 1e-3); T0_, T1_ = (g / np.linalg.norm(g, axis=1, keepdims=True) for g in (g0, g1))
    return np.linalg.norm(T0_ - T1_, axis=1) / np.linalg.norm(x - xm, axis=1)


def jac2(x, t, **kw):
    h = 1e-4; G_ = lambda x: (x - dve(x, t, **kw)) / t; return sum((((G_(x + h * np.eye(2)[a]) - G_(x - h * np.eye(2)[a])) / (2 * h)) ** 2).sum(1) for a in (0, 1)).mean()


md = []
for t in (5.0, 2.0, 1.0, 0.5, 0.25):
    st = []
    for _ in range(4):
        y, j = RING.sample(5000); x = y + t * R.normal(size=y.shape); c = curv(x, t); st.append((np.median(c), c.mean()))
    y, j = RING.sample(5000); x = y + t * R.normal(size=y.shape); g8 = np.arange(8); c8_ = curv(x, t, grp=g8, z=j); c4_ = curv(x, t, grp=g4, z=g4[j]); md.append(np.median(c8_))
    note(f"t={t}: curvature without latents: median {np.mean([a for a,_ in st]):.4f}, mean over 4 draws of 5000: " + " ".join(f"{b:.3f}" for _, b in st) + f"; 4 codes: median {np.median(c4_):.4f}; 8 codes: median {np.median(c8_):.1e}; E|grad G|_F^2: {jac2(x,t):.3f} -> {jac2(x,t,grp=g8,z=j):.3f} (closed 2 t^2/(s^2+t^2)^2 = {2*t*t/(.04+t*t)**2:.3f})")
check("8 codes: trajectories are straight, curvature 0", max(md), 1e-9)
# prior mismatch: uniform prior against a learned histogram, unequal modes
wq = np.array([.3, .05, .1, .15, .05, .2, .1, .05]); note(f"prior: unequal modes, uniform prior over codes: TV of the mode weights {0.5*np.abs(wq-1/8).sum():.3f}; W2 on the ring is then about sqrt(moved mass) x 2.3 = {math.sqrt(0.5*np.abs(wq-1/8).sum())*2.3:.2f}")
gum = -np.log(-np.log(R.random((200000, 8)))); lg = np.log(wq)[None] + gum; hard = np.bincount(lg.argmax(1), minlength=8) / 200000; soft = np.exp(lg / 1.0); soft /= soft.sum(1, keepdims=True)
check("Gumbel-max: frequencies of the arg max are the probabilities", np.abs(hard - wq).max(), 4e-3); note(f"Gumbel-softmax at temperature 1: mean of the relaxed sample {np.round(soft.mean(0),3)} is not pi {wq}; mean largest entry {soft.max(1).mean():.3f}, at 0.1 {(lambda q: (q.max(1)/q.sum(1)).mean())(np.exp((lg-lg.max(1,keepdims=True))/.1)):.3f}")
bias = 3 * (1 - .2 / math.sqrt(.04 + 100)); y, j = RING.sample(20000); xT = 10 * R.normal(size=y.shape); xe = RING.mu[j] + (xT - RING.mu[j]) * .2 / math.sqrt(.04 + 100)
check("VE start at N(0, T^2) instead of p_T: centres of the samples at 3 (1 - s/sqrt(s^2+T^2)) = 2.940 for T = 10", abs((xe * RING.mu[j] / 3).sum(1).mean() - bias), 6e-3, f"{bias:.4f}; T = 80: {3*(1-.2/math.sqrt(.04+6400)):.4f}")
for w in (0.0, 1.0, 2.0, 4.0):                 # guidance, Heun, 60 EDM steps, codes 8
    y, j = RING.sample(4000); ts = (10 ** (1 / 7) + np.arange(60) / 59 * (0.002 ** (1 / 7) - 10 ** (1 / 7))) ** 7; ts = np.append(ts, 0); x = 10 * R.normal(size=y.shape); Dg = lambda x, t: w * dve(x, t, np.arange(8), j) + (1 - w) * dve(x, t)
    for a, b in zip(ts[:-1], ts[1:]):
        d1 = (x - Dg(x, a)) / a; xn = x + (b - a) * d1; x = x + (b - a) / 2 * (d1 + (xn - Dg(xn, b)) / b) if b > 0 else xn
    note(f"guidance w={w}: share of samples in the mode of their code {(np.argmin(((x[:,None]-RING.mu[None])**2).sum(-1),1)==j).mean():.3f}, mean radius {np.linalg.norm(x,axis=1).mean():.3f}, sd about the centre of the nearest mode {math.sqrt(((x-RING.mu[np.argmin(((x[:,None]-RING.mu[None])**2).sum(-1),1)])**2).sum(1).mean()/2):.3f}")

# ================================================================================================ H
section("H. traps and reference numbers")
# checkerboard of the facebookresearch notebook with a Gaussian source: closed form, and the floor of its printed loss
sc = 1 / 0.45; bx = np.array([[i, j] for i in range(-2, 2) for j in range(-2, 2) if (i + j) % 2 == 0]) * sc
smp = lambda n: np.stack([(lambda x1: (x1, R.random(n) - R.integers(0, 2, n) * 2 + np.floor(x1) % 2))(R.random(n) * 4 - 2)[k] for k in (0, 1)], 1) * sc


def board(x, t):
    s = 1 - t; T, M = [], []
    for a in (0, 1):
        A, B = (t * bx[None, :, a] - x[:, None, a]) / s, (t * (bx[None, :, a] + sc) - x[:, None, a]) / s; Z = np.maximum(Phi(B) - Phi(A), 1e-300); T.append(Z / (t * sc)); M.append((x[:, None, a] + s * (phi(A) - phi(B)) / Z) / t)
    p = T[0] * T[1]; r = p / p.sum(1, keepdims=True); return p.mean(1), np.stack([(r * M[0]).sum(1), (r * M[1]).sum(1)], 1)


n = 6000
def draw(n):
    x1 = R.random(n) * 4 - 2; return np.stack([x1, R.random(n) - R.integers(0, 2, n) * 2 + np.floor(x1) % 2], 1) * sc


tn, tw = np.polynomial.legendre.leggauss(12); L = 0
for t, w in zip((tn + 1) / 2, tw / 2):
    x1 = draw(n); x0 = R.normal(size=(n, 2)); x = t * x1 + (1 - t) * x0; u = (board(x, t)[1] - x) / (1 - t); L += w * ((x1 - x0 - u) ** 2).sum(1).mean()
note(f"checkerboard of examples/2d_flow_matching.ipynb: floor of its loss (mean over coordinates) {L/2:.3f}; printed batches 3.63 to 3.87; density of the board 0.45^2/8 = {0.45**2/8:.5f} = 1/39.5 (the notebook says 1/32)")
X = R.normal(size=(200, 2)); t = .6; hh = 1e-4; pu = lambda x, t: (lambda q: (q[0], (q[1] - x) / (1 - t)))(board(x, t)); dp = (pu(X, t + hh)[0] - pu(X, t - hh)[0]) / (2 * hh); dv = 0
for a in (0, 1):
    sh = hh * np.eye(2)[a]; A, B = pu(X + sh, t), pu(X - sh, t); dv = dv + (A[0] * A[1][:, a] - B[0] * B[1][:, a]) / (2 * hh)
check("piecewise-uniform target, Gaussian source (checkerboard): continuity equation", np.abs(dp + dv).max() / np.abs(dp).max(), 1e-5)
note(f"torchcfm sample_8gaussians(var=0.1): covariance sqrt(0.1) I, so the sd is {0.1**0.25:.4f}, not {math.sqrt(.1):.4f}")
A_ = np.concatenate([[1.0], AB])
def push_list(ab, last=0.0):
    P = mass(GMM([1.0], [[0, 0]], [1.0]), 1.0, np.array([1.0]))
    for a, b in zip(ab[:-1], ab[1:]):
        x1, ep = den_vp(CX, a, RING); be = 1 - a / b; P = scatter(P.ravel(), math.sqrt(b) * be / (1 - a) * x1 + math.sqrt(a / b) * (1 - b) / (1 - a) * CX); P = blur(P, be * (1 - b) / (1 - a)) if b < 1 else (blur(P, last * be) if last else P)
    return P


good, bad = tv(push_list(vp_idx(50))), tv(push_list(A_[100:None:-2] if False else A_[np.arange(100, -1, -2)])); note(f"trap: 50 steps over the last 100 of 1000 indices, started from N(0,I): TV {bad:.3f}; over all 1000: {good:.3f}"); check("trap: sampling only the last 100 indices", 0 if bad > 3 * good else 1, 0)
g10, b10 = tv(push_list(vp_idx(10))), tv(push_list(vp_idx(10), 1.0)); note(f"trap: noise sqrt(beta) added in the last of 10 steps: TV {b10:.3f} instead of {g10:.3f}"); check("trap: noise in the last step", 0 if b10 > g10 + 0.1 else 1, 0)
k = np.round(np.linspace(1000, 0, 51)).astype(int)
P = mass(GMM([1.0], [[0, 0]], [1.0]), 1.0, np.array([1.0]))
for a, b in zip(k[:-1], k[1:]):                # trap: beta of the thousand-step schedule used with a stride of 20
    x1, ep = den_vp(CX, A_[a], RING); be = bk[a - 1]; P = scatter(P.ravel(), (CX - be / math.sqrt(1 - A_[a]) * ep) / math.sqrt(1 - be)); P = blur(P, be) if b > 0 else P
note(f"trap: stride 20 with the one-step beta_k: TV {tv(P):.3f}; with 1 - abar_k/abar_(k-20): {good:.3f}"); check("trap: strided steps need their own beta", 0 if tv(P) > 3 * good else 1, 0)
note(f"start of DDPM: p_T is not N(0,I): means are off by alpha_T x 3 = {3*math.sqrt(AB[-1]):.4f}; in FM time t*_T = {math.sqrt(AB[-1])/(math.sqrt(AB[-1])+math.sqrt(1-AB[-1])):.5f}; eps -> x1hat amplifies errors there by sigma/alpha = {math.sqrt((1-AB[-1])/AB[-1]):.0f}; score from x0hat by 1/sigma = {1/math.sqrt(1-AB[0]):.0f} at k = 1")
lam = []
for t in (0.5, 0.9, 0.99): lam.append(1 / (1 - t) * 2 * phi(1.0) / 1)
note(f"mean jump rate C/(1-t), z = 0, at t = .5, .9, .99: {lam[0]:.2f} {lam[1]:.2f} {lam[2]:.1f}; the rate itself is unbounded in x: at t = .9 and y = 4 it is {(16-1)/.1:.0f}, h lambda = {150*.01:.1f} at h = 0.01: use 1 - exp")
a_, n_ = 3.0, 100000; yv = R.normal(size=n_); lam9 = np.maximum(yv ** 2 - 1, 0) / .1; note(f"   share of particles with h lambda > 1 at h = 0.01, t = 0.9: {(lam9*.01>1).mean():.4f}; at h = 0.05: {(lam9*.05>1).mean():.3f}")
b50 = np.cumprod(1 - np.linspace(1e-4, 0.02, 50)); note(f"tiny-diffusion default (T = 50, beta 1e-4..0.02): abar_50 = {b50[-1]:.4f}, alpha_T = {math.sqrt(b50[-1]):.3f}: N(0,I) is not p_T at all; TV on the ring {tv(push_list(np.concatenate([[1.0], b50])[::-1])):.3f}")
check("trap: short schedules need larger betas (alpha_50 of a 1000-step schedule cut to 50 is 0.777)", abs(math.sqrt(b50[-1]) - 0.777), 2e-3)
# conversions and loss weights
t = 0.37; P = Trig; F = fields(xs, t, THREE, P); al, si = P.a(t), P.s(t); v_sh = al * F[4] - si * F[3]
check("v-prediction (v = alpha eps - sigma x1hat): x1hat = alpha x - sigma v, eps = sigma x + alpha v, u = -(pi/2) v on the trig path", max(np.abs(al * xs - si * v_sh - F[3]).max(), np.abs(si * xs + al * v_sh - F[4]).max(), np.abs(F[2] + PI / 2 * v_sh).max()), 1e-10)
for P in (CondOT, VP):
    al, si, k = P.a(t), P.s(t), P.da(t) - P.a(t) * P.ds(t) / P.s(t); d1 = R.normal(size=(50, 2)); de = -al / si * d1; du = P.da(t) * d1 + P.ds(t) * de
    check(f"{P.name}: an error d of x1hat is an error -(alpha/sigma) d of eps and k d of u, k = alpha' - alpha sigma'/sigma", np.abs(du - k * d1).max(), 1e-10)
# what Jacobian norm do latents reduce?
o = []
for t in (2.0, 1.0, 0.5):
    y, j = RING.sample(6000); x = y + t * R.normal(size=y.shape); h = 1e-4; jd = lambda **kw: sum((((dve(x + h * np.eye(2)[a], t, **kw) - dve(x - h * np.eye(2)[a], t, **kw)) / (2 * h)) ** 2).sum(1) for a in (0, 1)).mean()
    o.append((jd(), jd(grp=np.arange(8), z=j))); note(f"t={t}: E|grad D|_F^2 {o[-1][0]:.3f} without latents, {o[-1][1]:.4f} with 8 codes")
check("latents lower the Jacobian norm of the denoiser D (not that of G = (x-D)/t, which they raise for t >= 1)", 0 if all(b < a for a, b in o) else 1, 0)
# the exact denoiser of any encoder table A[mode, code]
Atab = R.dirichlet(np.ones(3) * .4, 8); y, j = RING.sample(150000); zc = (R.random(len(j))[:, None] > np.cumsum(Atab, 1)[j]).sum(1).clip(0, 2); t = 1.0; x = y + t * R.normal(size=y.shape)
def d_enc(x, t, z):
    v = .04 + t * t; lg = (x @ RING.mu.T) / v + np.log(Atab.T[z]); lg -= lg.max(1, keepdims=True); r = np.exp(lg); r /= r.sum(1, keepdims=True); return (t * t / v) * (r @ RING.mu) + .04 / v * x
best = ((d_enc(x, t, zc) - y) ** 2).sum(1).mean(); gx_ = d_enc(x, t, zc) - y; check("encoder table: E[y|x,z] with r_j ~ w_j A_jz N(x; mu_j, s^2+t^2) leaves residuals uncorrelated with functions of (x, z)", max(abs((gx_[:, 0] * x[:, 0]).mean()), abs((gx_[:, 1] * (zc == 1)).mean()), abs((gx_[:, 0] * np.sin(x[:, 1]) * (zc == 2)).mean())), 0.02, f"loss {best:.4f}")

section("I. test vectors (copy into unit tests)")
X = np.array([[1.0, 0.5], [-0.4, 2.0]])
for nm, g in (("ring", RING), ("three", THREE)):
    for P, t in ((CondOT, 0.5), (VP, 0.7)):
        F = fields(X, t, g, P, True); note(f"{nm:5s} {P.name:7s} t={t}: " + " | ".join(f"x=({x[0]},{x[1]}) p={p:.10f} u=({u[0]:.9f},{u[1]:.9f}) score=({s_[0]:.9f},{s_[1]:.9f}) div u={d:.9f} dp/dt={q:.9f} trCov={c:.9f}" for x, p, u, s_, d, q, c in zip(X, F['p'], F['u'], F['sc'], F['div'], F['dpdt'], F['trcov'])))
note(f"VP t=0.7: alpha {VP.a(.7):.10f} sigma {VP.s(.7):.10f} t* {VP.a(.7)/(VP.a(.7)+VP.s(.7)):.10f} s {VP.a(.7)+VP.s(.7):.10f}")
p_, u_ = box_fields(np.array([[0.1, -0.3], [0.6, 0.55]]), 0.5); note(f"boxes (Q of section B, t=.5): p {p_[0]:.10f} {p_[1]:.10f} u ({u_[0,0]:.9f},{u_[0,1]:.9f}) ({u_[1,0]:.9f},{u_[1,1]:.9f})")
note(f"jumps: z=1.3: y- {(1.3-math.sqrt(1.3**2+4))/2:.9f} y+ {(1.3+math.sqrt(1.3**2+4))/2:.9f} C {jump_axis(0.65, .25, 1.3, -1.0)[2]*.5:.9f} (= C(z)/(1-t) at t=.5: {jump_axis(0.65, .25, 1.3, -1.0)[2]:.9f})")
cz = cells(0.6); note(f"finite volumes, three Gaussians, t=.6, 24 cells: P[12,12] {cz[2][12,12]:.12f}, F1[12,12] {cz[3][12,12]:.12f}, dP/dt[12,12] {gen_apply(.6, cz[2], 1, 0, 0, 0)[2][12,12]:.12f}")
note(f"DDPM: abar_1 {AB[0]:.6f} abar_500 {AB[499]:.10f} abar_1000 {AB[999]:.10e}; MMD kyy (ring, ell .5) {kyy:.10f}")
bad = [n_ for n_, ok in RES if not ok]
print(f"\n{len(RES)-len(bad)}/{len(RES)} checks passed in {time.time()-T0:.0f} s")
if bad: print("FAILED:", *bad, sep="\n  "); sys.exit(1)
