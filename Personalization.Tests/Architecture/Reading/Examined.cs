using NUnit.Framework;
using Personalization.Kernel.Log;

namespace Personalization.Tests.Architecture.Reading;

/// <summary>What the rules are tried on: the product, and small worlds planted in this assembly, one for each rule.</summary>
internal static class Examined
{
    public static readonly CompiledCode Product = new(typeof(LogEntry).Assembly, "Personalization");

    /// <summary>The world below <c>Personalization.Planted.{name}</c>.</summary>
    public static CompiledCode Planted(string name) => new(typeof(Examined).Assembly, $"Personalization.Planted.{name}");

    public static IReadOnlyList<string> ProductFlow =>
        FlowOrder.Read(Product, "Personalization.PersonalizationExtensions", "AddPersonalization");

    /// <summary>Fails with one line for each violation.</summary>
    public static void AssertNone(IEnumerable<Violation> violations) =>
        Assert.That(string.Join(Environment.NewLine, violations), Is.Empty);

    /// <summary>The planted ones are found at exactly these members (by the ends of their names), and nothing innocent is.</summary>
    public static void AssertExactly(IEnumerable<Violation> violations, params string[] ends)
    {
        var found = violations.ToList();
        Assert.Multiple(() =>
        {
            foreach (var end in ends)
            {
                Assert.That(found.Select(violation => violation.Where), Has.Some.EndsWith(end));
            }

            Assert.That(found.Where(violation => !Array.Exists(ends, violation.Where.EndsWith)), Is.Empty);
        });
    }
}
