using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Decisioning;
using Personalization.Decisioning.Contracts;

namespace Personalization.Tests.Decisioning;

public sealed class DecisioningOptionsTests
{
    [Test]
    public void The_defaults_are_valid_and_have_the_usual_placements()
    {
        var options = Bind([]);

        Assert.That(options.Placements.Keys, Is.SupersetOf((string[])["for-you", "similar", "bought-together", "trending", "recently-viewed"]));
    }

    [Test]
    public void Configuration_adds_placements_and_changes_the_default_ones()
    {
        var options = Bind(new()
        {
            ["Decisioning:Placements:for-you:Limit"] = "7",
            ["Decisioning:Placements:checkout:Kind"] = "BoughtTogether",
        });

        Assert.Multiple(() =>
        {
            Assert.That(options.Placements["for-you"].Limit, Is.EqualTo(7));
            Assert.That(options.Placements["for-you"].Kind, Is.EqualTo(PlacementKind.ForYou));
            Assert.That(options.Placements["checkout"].Kind, Is.EqualTo(PlacementKind.BoughtTogether));
        });
    }

    [Test]
    public void Every_error_is_reported_at_once()
    {
        var error = Assert.Throws<OptionsValidationException>(() => Bind(new()
        {
            ["Decisioning:MaxSessions"] = "3",
            ["Decisioning:Placements:for-you:Limit"] = "500",
            ["Decisioning:Placements:a b:Limit"] = "5",
            ["Decisioning:TrendingHalfLifeHours"] = "1000",
        }));

        Assert.That(error!.Failures.Count(), Is.EqualTo(4));
    }

    private static DecisioningOptions Bind(Dictionary<string, string?> values)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        using var services = new ServiceCollection().AddDecisioning(configuration).BuildServiceProvider();
        return services.GetRequiredService<IOptions<DecisioningOptions>>().Value;
    }
}
