using Microsoft.Extensions.Configuration;
using NUnit.Framework;
using Personalization.Host.Demo;

namespace Personalization.Tests.Demo;

[TestFixture]
internal sealed class DemoSettingsTests
{
    [Test]
    public void Demo_is_taken_out_of_the_arguments_so_that_the_next_one_keeps_its_value()
    {
        var arguments = DemoArguments.Parse(["--demo", "--urls", "http://localhost:5000"]);

        Assert.That(arguments.IsDemo, Is.True);
        Assert.That(arguments.Remaining, Is.EqualTo((string[])["--urls", "http://localhost:5000"]));
        Assert.That(DemoArguments.Parse(["--demo-seed", "2"]).IsDemo, Is.False);
    }

    [Test]
    public void Without_configuration_the_documented_keys_and_a_directory_of_its_own_are_used()
    {
        var configuration = Configuration(("Personalization:DataDirectory", "data"));

        var settings = DemoSettings.Read(configuration);

        Assert.That(settings.WriteKey, Is.EqualTo("demo-write-key"));
        Assert.That(settings.ServerKey, Is.EqualTo("demo-server-key"));
        Assert.That(settings.DataDirectory, Is.EqualTo("data/demo"), "the shipped directory belongs to a real shop");
        Assert.That(settings.ToConfiguration(configuration), Does.Contain(
            new KeyValuePair<string, string?>("Personalization:Tracking:Sources:0:Name", "demo")));
    }

    [Test]
    public void What_is_configured_stays_and_the_demo_keys_do_not_open_it()
    {
        var configuration = Configuration(
            ("Personalization:DataDirectory", "/srv/shop"),
            ("Personalization:ServerKeys:0", "s"),
            ("Personalization:Tracking:Sources:0:Name", "web"),
            ("Personalization:Tracking:Sources:0:WriteKey", "w"));

        var values = DemoSettings.Read(configuration).ToConfiguration(configuration).ToDictionary();

        Assert.That(values.Values, Is.EquivalentTo((string[])["/srv/shop", "s", "web", "w"]));
    }

    [Test]
    public void Another_seed_gets_another_directory()
    {
        Assert.That(DemoSettings.Read(Configuration(("demo-seed", "7"))).DataDirectory, Is.EqualTo("data/demo-7"));
    }

    [TestCase("demo-seed", "one")]
    [TestCase("demo-seed", "-1")]
    [TestCase("demo-rate", "100000")]
    [TestCase("demo-history", "NaN")]
    public void A_number_that_is_none_is_refused_by_its_name(string name, string value)
    {
        Assert.That(() => DemoSettings.Read(Configuration((name, value))), Throws.ArgumentException.With.Message.Contains("--" + name));
    }

    private static IConfiguration Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))).Build();
}
