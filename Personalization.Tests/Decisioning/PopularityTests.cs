using NUnit.Framework;
using Personalization.Decisioning.Domain;

namespace Personalization.Tests.Decisioning;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PopularityTests
{
    private const long Hour = 3600 * 1000L;
    private readonly Popularity _model = new(TimeSpan.FromDays(7), TimeSpan.FromHours(6), 1000);

    [Test]
    public void The_first_event_is_in_the_first_ranking()
    {
        Learn(5, 0);

        Assert.Multiple(() =>
        {
            Assert.That(_model.Rebuild(), Is.True);
            Assert.That(Popular(), Is.EqualTo((int[])[5]));
            Assert.That(_model.Rebuild(), Is.False, "nothing was learnt since");
        });
    }

    [Test]
    public void Newer_events_weigh_more_and_late_ones_fall_where_they_belong()
    {
        Learn(1, 0, times: 3);
        Learn(2, 21 * 24 * Hour);
        Learn(1, 0, times: 3);

        _model.Rebuild();

        Assert.That(Popular(), Is.EqualTo((int[])[2, 1]));
    }

    [Test]
    public void What_rises_now_trends_above_what_always_sells()
    {
        for (var hour = 0; hour < 24 * 14; hour++)
        {
            Learn(1, hour * Hour, times: 5);
        }

        Learn(2, 24 * 14 * Hour, times: 20);
        _model.Rebuild();

        Assert.Multiple(() =>
        {
            Assert.That(Popular()[0], Is.EqualTo(1));
            Assert.That(_model.Snapshot.Trending[0].Item, Is.EqualTo(2));
        });
    }

    [Test]
    public void Categories_have_rankings_of_their_own()
    {
        _model.Learn(1, 1, 0, category: 7, brand: -1);
        _model.Learn(2, 5, 0, category: 7, brand: 9);
        _model.Learn(3, 9, 0, category: 8, brand: 9);

        _model.Rebuild();

        Assert.Multiple(() =>
        {
            Assert.That(_model.Snapshot.OfTerm(7).ToArray().Select(item => item.Item), Is.EqualTo((int[])[2, 1]));
            Assert.That(_model.Snapshot.OfTerm(9).ToArray().Select(item => item.Item), Is.EqualTo((int[])[3, 2]));
            Assert.That(_model.Snapshot.OfTerm(1000).IsEmpty);
        });
    }

    [Test]
    public void Years_of_events_leave_finite_counts()
    {
        for (var year = 0; year < 30; year++)
        {
            Learn(year % 3, year * 365L * 24 * Hour);
        }

        _model.Rebuild();

        Assert.Multiple(() =>
        {
            Assert.That(_model.Snapshot.Popular[0].Item, Is.EqualTo(29 % 3));
            Assert.That(_model.Snapshot.Popular.Select(item => item.Score), Is.All.Matches<float>(float.IsFinite));
        });
    }

    private int[] Popular() => [.. _model.Snapshot.Popular.Select(item => item.Item)];

    private void Learn(int item, long atMs, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            _model.Learn(item, 1, atMs, -1, -1);
        }
    }
}
