using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking.Domain.Schemas;

namespace Personalization.Tests.Tracking.Schemas;

/// <summary>The required tests of the official JSON-Schema-Test-Suite for draft 2020-12, as far as they are public here.</summary>
internal sealed class DraftVectorTests
{
    private static readonly string[] Vectors = ["json-schema", "draft2020-12-required.json"];

    public static IEnumerable<TestCaseData> Cases()
    {
        if (!SharedVectors.Exist(Vectors))
        {
            yield return new TestCaseData(null, null).SetName("The vectors are not here");
            yield break;
        }

        var number = 0;
        foreach (var group in JsonElement.Parse(File.ReadAllBytes(SharedVectors.Find(Vectors))).EnumerateArray())
        {
            var name = $"{group.GetProperty("file").GetString()}: {group.GetProperty("description").GetString()}";
            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                yield return new TestCaseData(group, test).SetName($"{++number} {name}: {test.GetProperty("description").GetString()}");
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void A_required_test_of_the_draft(JsonElement? group, JsonElement? test)
    {
        var remotes = Remotes();
        var compiled = JsonSchema.Compile(Bytes(group!.Value.GetProperty("schema")), uri => remotes.TryGetValue(uri, out var found) ? found : default(ReadOnlyMemory<byte>?));
        Assert.That(compiled.Errors, Is.Empty);
        var instance = Bytes(test!.Value.GetProperty("data"));

        var isValid = compiled.Schema!.IsValid(instance);
        var isValidTree = compiled.Schema.IsValidTree(instance);
        var faults = compiled.Schema.Validate(instance);

        var expected = test.Value.GetProperty("valid").GetBoolean();
        Assert.That((isValid, isValidTree, faults.Count == 0), Is.EqualTo((expected, expected, expected)), string.Join('\n', faults));
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> Remotes() =>
        JsonElement.Parse(File.ReadAllBytes(SharedVectors.Find("json-schema", "remotes.json"))).EnumerateObject()
            .ToDictionary(remote => remote.Name, remote => Bytes(remote.Value), StringComparer.Ordinal);

    private static ReadOnlyMemory<byte> Bytes(JsonElement element) => Encoding.UTF8.GetBytes(element.GetRawText());
}
