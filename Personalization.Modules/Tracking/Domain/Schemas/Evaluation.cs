using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Personalization.Tracking.Domain.Schemas.Keywords;
using Personalization.Tracking.Domain.Schemas.Patterns;

namespace Personalization.Tracking.Domain.Schemas;

/// <summary>
/// One validation under way: what it has cost, where it is, which schema resources it has entered, and the faults it has found. A
/// validation that costs too much is given up, which makes the instance invalid whatever its schema negates.
/// </summary>
internal sealed class Evaluation(List<SchemaFault>? faults)
{
    private readonly List<SchemaResource> _scope = [];
    private readonly List<string> _path = [];
    private List<SchemaFault>? _faults = faults;
    private int _steps;
    private int _depth;

    /// <summary>Whether every fault is wanted; else the first ends the validation.</summary>
    public bool IsTelling => _faults is not null && !IsGivenUp && _faults.Count < SchemaLimits.Faults;

    public bool IsGivenUp { get; private set; }

    /// <summary>Schema resources from the outermost in.</summary>
    public IReadOnlyList<SchemaResource> Scope => _scope;

    /// <returns>False when the validation has been given up.</returns>
    public bool Step(int steps = 1)
    {
        _steps += steps;
        IsGivenUp |= _steps > SchemaLimits.Steps;
        return !IsGivenUp;
    }

    public void GiveUp() => IsGivenUp = true;

    /// <returns>False when the validation has been given up; then <see cref="Leave"/> is not called.</returns>
    public bool Enter(SchemaNode node)
    {
        if (!Step() || _depth == SchemaLimits.Nesting || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            GiveUp();
            return false;
        }

        _depth++;
        _scope.Add(node.Resource);
        return true;
    }

    public void Leave()
    {
        _depth--;
        _scope.RemoveAt(_scope.Count - 1);
    }

    /// <summary>Goes to a child of the instance; its token is only written down when faults are told.</summary>
    public void Descend(ReadOnlySpan<byte> name)
    {
        if (_faults is not null)
        {
            _path.Add(InstanceText.Text(name));
        }
    }

    public void Descend(int index)
    {
        if (_faults is not null)
        {
            _path.Add(index.ToString());
        }
    }

    public void Ascend()
    {
        if (_faults is not null)
        {
            _path.RemoveAt(_path.Count - 1);
        }
    }

    /// <summary>Whether an object has a property; looking for it costs as many steps as the object has properties.</summary>
    public bool Has(JsonElement instance, PropertyName name)
    {
        if (!Step(instance.GetPropertyCount()))
        {
            return false;
        }

        // Not TryGetProperty: it throws on a key that holds half a surrogate pair.
        foreach (var property in instance.EnumerateObject())
        {
            if (InstanceText.NameOf(property).SequenceEqual(name.Utf8))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a pattern is found in a text. One that would run for too long ends the validation.</summary>
    public bool IsMatch(SchemaPattern pattern, ReadOnlySpan<byte> text)
    {
        if (!Step(pattern.StepsFor(text)))
        {
            return false;
        }

        var isMatch = pattern.IsMatch(text, out var isGivenUp);
        IsGivenUp |= isGivenUp;
        return isMatch;
    }

    /// <summary>Always false, so that a keyword can end with it.</summary>
    public bool Fail(Keyword keyword, string message)
    {
        if (IsTelling)
        {
            _faults!.Add(new SchemaFault(Path(), keyword.Pointer, keyword.Name, message));
        }

        return false;
    }

    /// <summary>Evaluates alternatives, whose own faults would tell of what was never demanded.</summary>
    public List<SchemaFault>? Mute()
    {
        var unmuted = _faults;
        _faults = null;
        return unmuted;
    }

    public void Unmute(List<SchemaFault>? unmuted) => _faults = unmuted;

    private string Path()
    {
        var pointer = new StringBuilder();
        foreach (var token in _path)
        {
            JsonPointer.AppendTo(pointer, Encoding.UTF8.GetBytes(token));
        }

        return pointer.ToString();
    }
}
