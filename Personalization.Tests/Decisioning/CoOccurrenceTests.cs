using NUnit.Framework;
using Personalization.Decisioning.Domain;

namespace Personalization.Tests.Decisioning;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CoOccurrenceTests
{
    private const long Day = 24 * 3600 * 1000L;
    private readonly CoOccurrence _model = new(8, TimeSpan.FromDays(60), 1000);
    private readonly NeighbourScratch _scratch = new();

    [Test]
    public void A_pair_seen_often_beats_a_pair_seen_once()
    {
        _model.Learn(1, 2, 1, 0);
        _model.Learn(1, 3, 1, 0);
        _model.Learn(1, 3, 1, 0);

        Assert.That(Find(1), Is.EqualTo((int[])[3, 2]));
    }

    [Test]
    public void A_bestseller_that_goes_with_everything_is_damped()
    {
        for (var item = 10; item < 60; item++)
        {
            _model.Learn(item, 2, 3, 0);
        }

        _model.Learn(1, 2, 3, 0);
        _model.Learn(1, 3, 3, 0);

        Assert.That(Find(1), Is.EqualTo((int[])[3, 2]));
    }

    [Test]
    public void What_meets_no_more_often_than_chance_has_it_does_not_go_together()
    {
        var other = new CoOccurrence(128, TimeSpan.FromDays(60), 1000);
        for (var item = 10; item < 110; item++)
        {
            other.Learn(2, item, 1, 0);
            other.Learn(3, item, 1, 0);
        }

        other.Learn(2, 3, 2, 0);

        Assert.That(Find(2, other), Does.Not.Contain(3));
        Assert.That(Find(10, other), Is.EquivalentTo((int[])[2, 3]));
    }

    [Test]
    public void What_went_together_long_ago_fades()
    {
        _model.Learn(1, 2, 3, 0);
        _model.Learn(1, 3, 2, 300 * Day);

        Assert.That(Find(1), Is.EqualTo((int[])[3, 2]));
    }

    [Test]
    public void Order_of_arrival_does_not_matter()
    {
        var other = new CoOccurrence(8, TimeSpan.FromDays(60), 1000);
        _model.Learn(1, 2, 3, 0);
        _model.Learn(1, 3, 2, 300 * Day);
        other.Learn(1, 3, 2, 300 * Day);
        other.Learn(1, 2, 3, 0);

        Assert.That(Find(1, other), Is.EqualTo(Find(1)));
    }

    [Test]
    public void Partners_are_bounded_and_the_steady_ones_survive_a_flood()
    {
        for (var i = 0; i < 500; i++)
        {
            _model.Learn(1, 2, 1, i);
            _model.Learn(1, 100 + i, 1, i);
        }

        var found = Find(1);

        Assert.Multiple(() =>
        {
            Assert.That(found, Has.Length.LessThanOrEqualTo(8));
            Assert.That(found[0], Is.EqualTo(2));
        });
    }

    [Test]
    public void Millennia_between_events_leave_finite_scores()
    {
        _model.Learn(1, 2, 1, 0);
        _model.Learn(1, 3, 1, 500_000 * Day);
        _model.Learn(1, 2, 1, -500_000 * Day);

        Assert.That(Find(1), Is.EqualTo((int[])[3]).Or.EqualTo((int[])[3, 2]));
    }

    [Test]
    public void A_writer_and_a_reader_at_once_give_finite_scores_of_real_items()
    {
        Parallel.Invoke(
            () =>
            {
                var random = new Random(1);
                for (var i = 0; i < 100_000; i++)
                {
                    _model.Learn(random.Next(i < 50_000 ? 20 : 1000), random.Next(1000), 1, i * Day / 10);
                }
            },
            () =>
            {
                for (var i = 0; i < 5000; i++)
                {
                    Assert.That(Find(i % 20), Is.All.InRange(0, 999));
                }
            });
    }

    private int[] Find(int item, CoOccurrence? model = null)
    {
        var best = new ScoredItem[20];
        var count = (model ?? _model).Find([item], _scratch, new ItemFilter(), best);
        Assert.That(best.Take(count).Select(found => found.Score), Is.All.Matches<float>(float.IsFinite));
        return [.. best.Take(count).Select(found => found.Item)];
    }
}
