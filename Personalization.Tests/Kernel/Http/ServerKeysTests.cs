using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;
using Personalization.Kernel.Http;

namespace Personalization.Tests.Kernel.Http;

public sealed class ServerKeysTests
{
    [Test]
    public void Texts_and_objects_stand_in_one_list()
    {
        var keys = Keys(("0", "plain"), ("1:Name", "anna"), ("1:Key", "annas"), ("1:Roles:0", "governor"), ("2", "other"));

        Assert.Multiple(() =>
        {
            Assert.That(Find(keys, "plain"), Has.Property("Name").EqualTo("key-1").And.Property("IsAdmin").True);
            Assert.That(Find(keys, "annas"), Has.Property("Name").EqualTo("anna").And.Property("IsAdmin").False);
            Assert.That(Find(keys, "other")!.Name, Is.EqualTo("key-3"));
            Assert.That(Find(keys, "annas2"), Is.Null);
            Assert.That(Find(keys, ""), Is.Null);
        });
    }

    [Test]
    public void A_key_with_roles_is_no_server_elsewhere() =>
        Assert.That(Keys(("0:Key", "k"), ("0:Roles:0", "reader")).IsServer(Context("k")), Is.False);

    [TestCase("GET", "reader", true)]
    [TestCase("PUT", "reader", false)]
    [TestCase("PUT", "operator", true)]
    [TestCase("PUT", "auditor", false)]
    [TestCase("DELETE", "admin", true)]
    public void A_role_opens_what_names_it(string method, string role, bool may) =>
        Assert.That(Find(Keys(("0:Key", "k"), ("0:Roles:0", role)), "k")!.May(method, [ServerRoles.Operator]), Is.EqualTo(may));

    [Test]
    public void None_configured_means_nobody() => Assert.That(Find(Keys(), "anything"), Is.Null);

    [TestCase("0:Name=anna|0:Key=a|1:Name=Anna|1:Key=b", "same name")]
    [TestCase("0:Name=anna|0:Key=a|1:Name=bert|1:Key=a", "same key")]
    [TestCase("0:Name=anna", "no Key")]
    [TestCase("0:Name=an na|0:Key=a", "Name of number 1")]
    [TestCase("0:Key=a|0:Roles:0=emperor", "role")]
    [TestCase("0:Name=key-2|0:Key=a|1=b", "same name")]
    public void What_cannot_be_told_apart_stops_the_start(string settings, string fault)
    {
        var parsed = settings.Split('|').Select(setting => setting.Split('=')).Select(parts => (parts[0], parts[1])).ToArray();

        Assert.That(() => Keys(parsed), Throws.InvalidOperationException.With.Message.Contains(fault));
    }

    private static ServerKeys Keys(params (string Path, string Value)[] settings) => new(
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create("ServerKeys:" + setting.Path, (string?)setting.Value)))
            .Build());

    private static ServerKey? Find(ServerKeys keys, string key) => keys.Find(Context(key));

    private static DefaultHttpContext Context(string key) => new() { Request = { Headers = { Authorization = "Bearer " + key } } };
}
