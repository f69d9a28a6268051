package io.attar.runtime;

/** The functions {@code java.lang.Math} lacks. */
final class Functions {
  private Functions() {}

  /**
   * The error function, |error| &lt; 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical
   * Functions, 1964, formula 7.1.26, evaluated in double.
   */
  static double erf(double x) {
    double magnitude = Math.abs(x);
    double t = 1 / (1 + 0.3275911 * magnitude);
    double polynomial =
        t
            * (0.254829592
                + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    double value = 1 - polynomial * Math.exp(-magnitude * magnitude);
    return x < 0 ? -value : value;
  }

  /** x times the normal distribution function of x: Hendrycks and Gimpel, 2016, the exact form. */
  static double gelu(double x) {
    return 0.5 * x * (1 + erf(x * Math.sqrt(0.5)));
  }

  /** 1 / (1 + e^-x). */
  static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
