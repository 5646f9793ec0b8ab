using NUnit.Framework;
using Personalization.Features.Domain.Preview;

namespace Personalization.Tests.Features.Preview;

public class PreviewTallyTests
{
    [Test]
    public void Threads_together_draw_the_sample_that_one_would()
    {
        var one = new PreviewTally(0, 5);
        PreviewTally[] three = [new(0, 5), new(0, 5), new(0, 5)];
        for (var profile = 0; profile < 1_000; profile++)
        {
            one.Add(profile);
            three[profile * 7 % 3].Add(profile);
        }

        three[0].AddAll(three[1]);
        three[0].AddAll(three[2]);

        Assert.That(three[0].Sample(), Is.EqualTo(one.Sample()));
        Assert.That(one.Sample(), Has.Count.EqualTo(5));
        Assert.That(three[0].Members, Is.EqualTo(1_000));
    }

    [Test]
    public void A_sample_is_drawn_from_everywhere()
    {
        var tally = new PreviewTally(0, 100);
        for (var profile = 0; profile < 10_000; profile++)
        {
            tally.Add(profile);
        }

        Assert.That(tally.Sample().GroupBy(profile => profile / 1_000).Count(), Is.EqualTo(10), "each thousand is drawn from");
    }

    [Test]
    public void Fewer_than_were_asked_for_are_all_of_them()
    {
        var tally = new PreviewTally(0, 10);
        tally.Add(4);
        tally.Add(2);

        Assert.That(tally.Sample(), Is.EqualTo(new[] { 2, 4 }));
    }

    [Test]
    public void No_sample_is_none()
    {
        var tally = new PreviewTally(0, 0);
        tally.Add(4);

        Assert.That(tally.Sample(), Is.Empty);
        Assert.That(tally.Members, Is.EqualTo(1));
    }

    [Test]
    public void Estimates_hold_the_truth_about_as_often_as_they_say()
    {
        var random = new Random(20_26);
        var held = 0;
        for (var run = 0; run < 500; run++)
        {
            var (population, share) = (20_000, random.NextDouble() * 0.2);
            var truth = (int)(population * share);
            var drawn = Enumerable.Range(0, population).ToArray();
            random.Shuffle(drawn);
            var estimate = ShareEstimate.Of(drawn.Take(1_000).Count(profile => profile < truth), 1_000, population);
            held += estimate.Low <= truth && truth <= estimate.High ? 1 : 0;
        }

        Assert.That(held, Is.InRange(455, 495), "of 500");
    }

    [TestCase(0, 100, 100, 0, 0, 0, Description = "everybody was asked")]
    [TestCase(40, 100, 100, 40, 40, 40)]
    public void Who_has_asked_everybody_knows(long members, long asked, long population, long count, long low, long high) =>
        Assert.That(ShareEstimate.Of(members, asked, population), Is.EqualTo(new ShareEstimate(count, low, high, asked)));

    [Test]
    public void None_of_a_part_does_not_mean_none_at_all()
    {
        var estimate = ShareEstimate.Of(0, 1_000, 1_000_000);

        Assert.That(estimate.Count, Is.Zero);
        Assert.That(estimate.Low, Is.Zero);
        Assert.That(estimate.High, Is.InRange(2_000, 6_000));
    }

    [Test]
    public void Nobody_asked_is_nothing_known() => Assert.That(ShareEstimate.Of(0, 0, 500).High, Is.EqualTo(500));
}
