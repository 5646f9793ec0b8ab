using NUnit.Framework;
using Personalization.Decisioning.Domain.Models.Linear;

namespace Personalization.Tests.Decisioning.Models;

public sealed class SymmetricInverseTests
{
    [TestCase(1)]
    [TestCase(7)]
    [TestCase(64)]
    [TestCase(150)]
    [TestCase(600)]
    public void A_matrix_times_its_inverse_is_the_identity(int n)
    {
        var matrix = PositiveDefinite(n);
        var inverse = (double[])matrix.Clone();

        SymmetricInverse.Invert(inverse, n);

        var worst = 0d;
        for (var i = 0; i < n; i += Math.Max(1, n / 50))
        {
            for (var j = 0; j < n; j++)
            {
                var sum = 0d;
                for (var k = 0; k < n; k++)
                {
                    sum += matrix[(i * n) + k] * inverse[(k * n) + j];
                }

                worst = Math.Max(worst, Math.Abs(sum - (i == j ? 1 : 0)));
            }
        }

        Assert.That(worst, Is.LessThan(1e-9));
    }

    [Test]
    public void A_matrix_that_is_not_positive_definite_is_refused() =>
        Assert.That(() => SymmetricInverse.Invert([1, 2, 2, 1], 2), Throws.TypeOf<ArithmeticException>());

    [Test]
    public void An_inversion_can_be_given_up() =>
        Assert.That(() => SymmetricInverse.Invert(PositiveDefinite(10), 10, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());

    private static double[] PositiveDefinite(int n)
    {
        var random = new Random(n);
        var matrix = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                matrix[(i * n) + j] = matrix[(j * n) + i] = i == j ? n + random.NextDouble() : random.NextDouble() - 0.5;
            }
        }

        return matrix;
    }
}
