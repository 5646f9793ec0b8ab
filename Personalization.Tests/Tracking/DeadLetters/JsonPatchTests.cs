using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tests.Tracking.DeadLetters;

/// <summary>The examples of RFC 6902, appendix A, and of RFC 7386, appendix A.</summary>
public class JsonPatchTests
{
    [TestCase("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux"}]""", """{"foo":"bar","baz":"qux"}""")]
    [TestCase("""{"foo":["bar","baz"]}""", """[{"op":"add","path":"/foo/1","value":"qux"}]""", """{"foo":["bar","qux","baz"]}""")]
    [TestCase("""{"foo":["bar"]}""", """[{"op":"add","path":"/foo/-","value":["abc","def"]}]""", """{"foo":["bar",["abc","def"]]}""")]
    [TestCase("""{"baz":"qux","foo":"bar"}""", """[{"op":"remove","path":"/baz"}]""", """{"foo":"bar"}""")]
    [TestCase("""{"foo":["bar","qux","baz"]}""", """[{"op":"remove","path":"/foo/1"}]""", """{"foo":["bar","baz"]}""")]
    [TestCase("""{"foo":"bar","baz":"qux"}""", """[{"op":"replace","path":"/baz","value":"boo"}]""", """{"foo":"bar","baz":"boo"}""")]
    [TestCase("""{"foo":["a","b","c"]}""", """[{"op":"replace","path":"/foo/1","value":null}]""", """{"foo":["a",null,"c"]}""")]
    [TestCase("""{"foo":{"bar":"baz","waldo":"fred"},"qux":{}}""", """[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]""", """{"foo":{"bar":"baz"},"qux":{"thud":"fred"}}""")]
    [TestCase("""{"foo":["all","grass","cows","eat"]}""", """[{"op":"move","from":"/foo/1","path":"/foo/3"}]""", """{"foo":["all","cows","eat","grass"]}""")]
    [TestCase("""{"a":{"b":1}}""", """[{"op":"copy","from":"/a","path":"/c"}]""", """{"a":{"b":1},"c":{"b":1}}""")]
    [TestCase("""{"baz":"qux"}""", """[{"op":"test","path":"/baz","value":"qux"}]""", """{"baz":"qux"}""")]
    [TestCase("""{"/":9,"~1":10}""", """[{"op":"test","path":"/~01","value":10}]""", """{"/":9,"~1":10}""")]
    [TestCase("""{"foo":1}""", """[{"op":"replace","path":"","value":{"bar":2}}]""", """{"bar":2}""")]
    [TestCase("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [TestCase("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [TestCase("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [TestCase("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [TestCase("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [TestCase("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [TestCase("""[1,2]""", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [TestCase("""{}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void It_changes_what_it_states(string body, string patch, string expected) => Assert.That(Apply(patch, body), Is.EqualTo(expected));

    [TestCase("""{"foo":"bar"}""", """[{"op":"add","path":"/baz/bat","value":"qux"}]""")]
    [TestCase("""{"foo":"bar"}""", """[{"op":"remove","path":"/baz"}]""")]
    [TestCase("""{"foo":"bar"}""", """[{"op":"replace","path":"/baz","value":1}]""")]
    [TestCase("""{"baz":"qux"}""", """[{"op":"test","path":"/baz","value":"bar"}]""")]
    [TestCase("""{"/":9}""", """[{"op":"test","path":"/~01","value":"10"}]""")]
    [TestCase("""{"foo":["bar"]}""", """[{"op":"add","path":"/foo/3","value":1}]""")]
    [TestCase("""{"foo":["bar"]}""", """[{"op":"add","path":"/foo/01","value":1}]""")]
    [TestCase("""{"foo":["bar"]}""", """[{"op":"remove","path":"/foo/-"}]""")]
    [TestCase("""{"foo":1}""", """[{"op":"add","path":"foo","value":1}]""")]
    [TestCase("""{"foo":1}""", """[{"op":"add","path":"/foo"}]""")]
    [TestCase("""{"foo":1}""", """[{"op":"move","path":"/foo"}]""")]
    [TestCase("""{"foo":1}""", """[{"path":"/foo"}]""")]
    [TestCase("""{"foo":1}""", """[7]""")]
    [TestCase("""{"foo":1}""", "\"text\"")]
    [TestCase("""{"foo":1,"foo":2}""", """{"bar":1}""", Description = "a key twice")]
    [TestCase("""{"foo":""", """{"bar":1}""")]
    [TestCase("", """{"bar":1}""")]
    public void What_does_not_fit_is_said(string body, string patch) => Assert.That(() => Apply(patch, body), Throws.TypeOf<JsonPatchException>());

    [Test]
    public void One_patch_serves_many_bodies()
    {
        var patch = JsonPatch.Of(JsonElement.Parse("""[{"op":"add","path":"/a","value":{"b":1}}]"""));

        var bodies = new[] { "{}", """{"a":7}""" }.Select(body => Encoding.UTF8.GetString(patch.Apply(Encoding.UTF8.GetBytes(body))));

        Assert.That(bodies, Is.All.EqualTo("""{"a":{"b":1}}"""));
    }

    [Test]
    public void What_is_not_changed_keeps_its_spelling() =>
        Assert.That(Apply("""{"b":1}""", """{"price":10.50,"name":"Jürgen & Söhne"}"""), Is.EqualTo("""{"price":10.50,"name":"Jürgen & Söhne","b":1}"""));

    private static string Apply(string patch, string body) =>
        Encoding.UTF8.GetString(JsonPatch.Of(JsonElement.Parse(patch)).Apply(Encoding.UTF8.GetBytes(body)));
}
