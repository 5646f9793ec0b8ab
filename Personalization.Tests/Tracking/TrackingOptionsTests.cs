using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Tracking;

namespace Personalization.Tests.Tracking;

public class TrackingOptionsTests
{
    [Test]
    public void Sources_are_read_from_the_configuration()
    {
        var options = Options(("Sources:0:Name", "web"), ("Sources:0:WriteKey", "wk"), ("MaxBatchEvents", "100"));

        Assert.That((options.Sources[0].Name, options.Sources[0].WriteKey, options.MaxBatchEvents), Is.EqualTo(("web", "wk", 100)));
    }

    [Test]
    public void Every_error_is_told_at_once()
    {
        var errors = Assert.Throws<OptionsValidationException>(() => Options(
            ("Sources:0:Name", "web"), ("Sources:0:WriteKey", "has space"),
            ("Sources:1:Name", "web"), ("Sources:1:WriteKey", ""),
            ("DuplicateWindowDays", "6"), ("RetryAfterSeconds", "0"))).Message;

        Assert.That(errors, Does.Contain("name twice").And.Contain("no spaces").And.Contain("Sources[1].WriteKey")
            .And.Contain("DuplicateWindowDays").And.Contain("RetryAfterSeconds"));
    }

    [Test]
    public void An_app_id_belongs_to_one_source_only()
    {
        var error = Assert.Throws<OptionsValidationException>(() => Options(
            ("Sources:0:Name", "web"), ("Sources:0:WriteKey", "a"), ("Sources:0:AppIds:0", "shop"),
            ("Sources:1:Name", "app"), ("Sources:1:WriteKey", "b"), ("Sources:1:AppIds:0", "shop"))).Message;

        Assert.That(error, Does.Contain("app id twice"));
    }

    [TestCase("PublicUrl", "collect.shop.example", "is no address")]
    [TestCase("PublicUrl", "ftp://collect.shop.example", "is no address")]
    [TestCase("SnowplowPaths:0", "shop/events", "is no path")]
    [TestCase("SnowplowPaths:0", "/{everything}", "is no path")]
    public void What_clients_could_not_reach_cannot_be_configured(string name, string value, string error)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Tracking:Clients:" + name, value)]).Build();
        using var services = new ServiceCollection().AddTracking(configuration).BuildServiceProvider();

        var told = Assert.Throws<OptionsValidationException>(() => _ = services.GetRequiredService<IOptions<ClientsOptions>>().Value)!.Message;

        Assert.That(told, Does.Contain(error).And.Contain(value));
    }

    [Test]
    public void Without_a_source_it_is_told_how_to_add_one()
    {
        var error = Assert.Throws<OptionsValidationException>(() => Options()).Message;

        Assert.That(error, Does.Contain("appsettings.json").And.Contain("Personalization__Tracking__Sources__0__WriteKey"));
    }

    private static TrackingOptions Options(params (string Key, string Value)[] values)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(value => KeyValuePair.Create("Tracking:" + value.Key, (string?)value.Value)))
            .Build();
        var services = new ServiceCollection().AddTracking(configuration).BuildServiceProvider();
        return services.GetRequiredService<IOptions<TrackingOptions>>().Value;
    }
}
