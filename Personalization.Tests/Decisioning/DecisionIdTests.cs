using NUnit.Framework;
using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Tests.Decisioning;

/// <summary>Ids of decisions, which are made many at a time.</summary>
internal sealed class DecisionIdTests
{
    [Test]
    public void Ids_are_of_version_7_and_tell_their_time_and_no_two_are_the_same()
    {
        var ids = new DecisionIds();
        var start = new DateTimeOffset(2026, 3, 4, 5, 6, 7, 891, TimeSpan.Zero);

        var made = Enumerable.Range(0, 500).Select(i => ids.Next(start.AddMilliseconds(i))).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(made, Is.Unique);
            Assert.That(made, Is.Ordered);
            Assert.That(made.Select(id => (id.Version, id.Variant & 0xc)), Is.All.EqualTo((7, 8)));
            Assert.That(made[9].ToString()[..13], Is.EqualTo(Guid.CreateVersion7(start.AddMilliseconds(9)).ToString()[..13]));
            Assert.That(made.Select(id => id.ToByteArray()[^1]).Distinct().Count(), Is.GreaterThan(100), "the rest is chance");
        });
    }
}
