using System.Text;
using NUnit.Framework;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Quality;

namespace Personalization.Tests.Tracking.Quality;

internal sealed class PropertyTests
{
    private static readonly Series Orders = new(1, EventType.Track, [], "Order Completed");
    private readonly Random _chance = new(3);
    private FlagBook _flags = null!;
    private PropertyBook _book = null!;

    [SetUp]
    public void Learn()
    {
        _flags = new FlagBook(100);
        _book = new PropertyBook(_flags, deviations: 10, maxProperties: 100);
        for (var i = 0; i < 200; i++)
        {
            Look($$"""{"revenue": {{Price()}}, "currency": "EUR", "products": [{"price": {{Price()}}, "quantity": 1}, {"price": 5}]}""");
        }
    }

    [Test]
    public void Usual_prices_with_their_long_tail_raise_nothing() => Assert.That(_flags.List(_ => true, 10), Is.Empty);

    [TestCase("9000000", TestName = "An_amount_in_the_wrong_unit_is_an_outlier")]
    [TestCase("0", TestName = "Nothing_at_all_is_an_outlier_among_amounts")]
    [TestCase("-50", TestName = "A_negative_amount_is_an_outlier")]
    public void An_amount_far_outside_is_flagged(string revenue)
    {
        for (var i = 0; i < 3; i++)
        {
            Look($$"""{"revenue": {{revenue}}, "products": [{"price": 20, "quantity": 1}]}""");
        }

        var flag = _flags.List(_ => true, 10).Single();
        Assert.That((flag.Kind, flag.Subject, flag.Event), Is.EqualTo((QualityFlagKind.ValueOutlier, "revenue", "Order Completed")));
    }

    [TestCase(2, false, TestName = "Two_of_what_is_mostly_bought_singly_are_no_outlier")]
    [TestCase(3, false, TestName = "Three_of_what_is_mostly_bought_singly_are_no_outlier")]
    [TestCase(1_000, true, TestName = "A_thousand_of_what_is_mostly_bought_singly_are_an_outlier")]
    public void Quantities_are_nearly_always_one(int quantity, bool isFlagged)
    {
        for (var i = 0; i < 3; i++)
        {
            Look($$"""{"revenue": {{Price()}}, "products": [{"price": 20, "quantity": {{quantity}}}]}""");
        }

        Assert.That(_flags.List(_ => true, 10).Select(flag => flag.Subject), Is.EqualTo(isFlagged ? ["products.quantity"] : Array.Empty<string>()));
    }

    [Test]
    public void A_property_that_vanishes_is_flagged()
    {
        for (var i = 0; i < 30; i++)
        {
            Look($$"""{"products": [{"price": {{Price()}}, "quantity": 1}]}""");
        }

        Assert.That(_flags.List(flag => flag.IsOpen, 10).Select(flag => (flag.Kind, flag.Subject)), Is.EqualTo(new[] { (QualityFlagKind.PropertyMissing, (string?)"revenue") }));
    }

    [Test]
    public void A_number_that_turns_into_text_is_flagged_and_closed_when_it_turns_back()
    {
        for (var i = 0; i < 20; i++)
        {
            Look("""{"revenue": "12 €", "products": [{"price": 20, "quantity": 1}]}""");
        }

        Assert.That(_flags.List(flag => flag.IsOpen, 10).Select(flag => (flag.Kind, flag.Subject)), Is.EqualTo(new[] { (QualityFlagKind.PropertyTypeChanged, (string?)"revenue") }));
        for (var i = 0; i < 40; i++)
        {
            Look($$"""{"revenue": "{{Price()}}", "products": [{"price": 20, "quantity": 1}]}""");
        }

        Assert.That(_flags.List(flag => flag.IsOpen, 10), Is.Empty);
    }

    [Test]
    public void Invented_properties_are_bounded()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Look("""{"p#": 1, "products": [[1], {"price": {"a": [1, 2]}}], "deep": {"deeper": [{}]}}""".Replace("#", i.ToString(), StringComparison.Ordinal));
        }

        Assert.That(_book.Refused, Is.GreaterThan(900));
    }

    private void Look(string payload) => _book.Look(1, Orders, "shop", Encoding.UTF8.GetBytes(payload), QualityWorld.Start);

    private string Price() => (Math.Exp(3 + (_chance.NextDouble() + _chance.NextDouble() + _chance.NextDouble() - 1.5)) * 1.1).ToString("0.00");
}
