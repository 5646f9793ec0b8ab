using NUnit.Framework;
using Personalization.Features.Domain;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features;

public class ItemTermHistoryTests
{
    [Test]
    public void An_event_sees_the_terms_that_held_when_it_came_before_and_after_a_checkpoint()
    {
        var history = new ItemTermHistory();
        var rows = new CheckpointRows();
        history.Add(7, offset: 10, category: 1, brand: 2);
        rows.Take(history);
        history.Add(7, offset: 20, category: 3, brand: 2);
        Assert.That(history.At(7, 21), Is.EqualTo((3, 2)), "looked up once, to be forgotten with the next change");
        history.Add(7, offset: 30, category: -1, brand: 4);
        rows.Take(history);
        var restored = new ItemTermHistory();
        rows.GiveTo(restored);

        foreach (var known in new[] { history, restored })
        {
            Assert.That(
                new long[] { 10, 11, 20, 21, 30, 31 }.Select(offset => known.At(7, offset)),
                Is.EqualTo(new[] { (-1, -1), (1, 2), (1, 2), (3, 2), (3, 2), (-1, 4) }));
            Assert.That(known.At(8, 100), Is.EqualTo((-1, -1)));
        }
    }
}
