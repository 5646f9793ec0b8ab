// A world in which modules meet outside Contracts in every way that C# offers.
namespace Personalization.Planted.Meeting.Tracking.Contracts
{
    public interface IEventSink
    {
        void Accept(string name);
    }
}

namespace Personalization.Planted.Meeting.Tracking.Domain
{
    public class EventQueue
    {
        public int Length { get; set; }

        public static string Describe<T>() => typeof(T).Name;

        public sealed class Ticket;
    }

    public sealed class QueueLostException : Exception;

    [AttributeUsage(AttributeTargets.All)]
    public sealed class QueuedAttribute(Type type) : Attribute
    {
        public Type Type => type;
    }
}

namespace Personalization.Planted.Meeting.Features.Domain
{
    using Personalization.Planted.Meeting.Tracking.Contracts;
    using Personalization.Planted.Meeting.Tracking.Domain;

    public class InAField
    {
        public readonly List<EventQueue[]>? Queues = [];
    }

    public class InASignature
    {
        public static void Take(ref EventQueue? queue) => queue = null;
    }

    public class InABase : EventQueue;

    public class InABody
    {
        public static string Ask() => EventQueue.Describe<int>();
    }

    public class InALambda
    {
        public static Func<int> Count() => () => new EventQueue().Length;
    }

    public class InAStateMachine
    {
        public static async Task<int> CountAsync()
        {
            await Task.Yield();
            return new EventQueue().Length;
        }
    }

    public class InAnIteratorOfANestedType
    {
        public static class Inner
        {
            public static IEnumerable<int> Counts()
            {
                yield return new EventQueue().Length;
            }
        }
    }

    public class InAGenericArgument
    {
        public static string Name() => Array.Empty<EventQueue.Ticket>().Length.ToString();
    }

    public class InAConstraint<T>
        where T : EventQueue
    {
        public T? Queue { get; set; }
    }

    public class InACatch
    {
        public static bool Try(Action action)
        {
            try
            {
                action();
                return true;
            }
            catch (QueueLostException)
            {
                return false;
            }
        }
    }

    public class InAnAttribute
    {
        [Obsolete("Planted")]
        [System.ComponentModel.TypeConverter(typeof(EventQueue))]
        public static int Number => 1;
    }

    public class Innocent(IEventSink sink)
    {
        public void Tell() => Array.ForEach(["viewed"], sink.Accept);

        public static string InItsOwnModule() => nameof(EventQueue) + typeof(InABody);
    }
}
