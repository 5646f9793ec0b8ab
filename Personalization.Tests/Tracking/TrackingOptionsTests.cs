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
